/* SPDX-License-Identifier: GPL-2.0 */
/* Include the object file of the BPF programs in the read-only data of vmtoll. */
	.section .rodata
	.balign 8
	.globl bpf_object_data
bpf_object_data:
	.incbin "vmtoll.bpf.o"
	.globl bpf_object_end
bpf_object_end:
	.section .note.GNU-stack, "", @progbits
