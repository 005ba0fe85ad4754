/* SPDX-License-Identifier: GPL-2.0 */
/* Include the object files of the BPF programs in the read-only data of vmtoll. */
	.section .rodata
	.balign 8
	.globl bpf_typed_data
bpf_typed_data:
	.incbin "vmtoll.bpf.o"
	.globl bpf_typed_end
bpf_typed_end:
	.balign 8
	.globl bpf_untyped_data
bpf_untyped_data:
	.incbin "vmtoll-untyped.bpf.o"
	.globl bpf_untyped_end
bpf_untyped_end:
	.section .note.GNU-stack, "", @progbits
