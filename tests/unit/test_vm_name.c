// SPDX-License-Identifier: GPL-2.0
/*
 * Test the names of VMs. Each test creates processes and libvirt's status files below a temporary
 * directory.
 */
#include "test.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kvm/cmdline.h"
#include "kvm/libvirt.h"
#include "kvm/vm_cgroup.h"
#include "kvm/vm_name.h"
#include "kvm/vms.h"
#include "model/array.h"

#define REPLACED "\xef\xbf\xbd" /* U+FFFD */
#define UUID	 "78177d07-ac0e-4057-b1de-9ccd66cbc3d7"
#define ID12	 "0123456789ab"
#define TAIL	 "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID64	 "0" TAIL
#define EIGHT	 "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
#define PID	 812

static char root[64];
static char proc[80];
static char run[80];
static const struct host_paths host = { .proc = proc, .run = run };

static int make_root(void **state)
{
	char path[128];

	(void)state;
	snprintf(root, sizeof(root), "vmtoll-names-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	snprintf(proc, sizeof(proc), "%s/proc", root);
	snprintf(run, sizeof(run), "%s/run", root);
	mkdir(proc, 0700);
	mkdir(run, 0700);
	snprintf(path, sizeof(path), "%s/libvirt", run);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/libvirt/qemu", run);
	return mkdir(path, 0700);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status;
	(void)type;
	(void)at;
	return remove(path);
}

static int remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void put_file(const char *path, const char *text, size_t bytes)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
}

/* Create a file of process PID. */
static void put_process(const char *name, const char *text, size_t bytes)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%d", proc, PID);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%d/%s", proc, PID, name);
	put_file(path, text, bytes);
}

static void put_cgroup(const char *path)
{
	char text[1024];

	put_process("cgroup", text, (size_t)snprintf(text, sizeof(text), "0::%s\n", path));
}

/* Create libvirt's status file of the domain @name. */
static void put_domain(const char *name, const char *text)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/libvirt/qemu/%s.xml", run, name);
	put_file(path, text, strlen(text));
}

struct expected {
	const char *name;
	const char *uuid;
	const char *id;
	const char *cmdline;
	size_t bytes;
	const char *cgroup;
};

#define CMDLINE(text) text, sizeof(text)

static void check_processes(const struct expected *expected, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct vm_name vm;

		put_process("cmdline", expected[i].cmdline, expected[i].bytes);
		put_process("comm", "the-comm\n", 9);
		put_cgroup(expected[i].cgroup ? expected[i].cgroup : "/user.slice");
		assert_true(vm_name_read(&host, PID, &vm));
		assert_string_equal(vm.name, expected[i].name);
		assert_string_equal(vm.uuid, expected[i].uuid ? expected[i].uuid : "");
		assert_string_equal(vm.id, expected[i].id ? expected[i].id : "");
		assert_int_equal(vm.owner, geteuid());
	}
}

static void qemu(void **state)
{
	static const struct expected expected[] = {
		{ "web", "", "", CMDLINE("qemu-system-x86_64\0-name\0web") },
		{ "web2", "", "",
		  CMDLINE("qemu\0-m\0128\0-name\0guest=web2,debug-threads=on\0-smp\0002") },
		{ "web3", "", "", CMDLINE("qemu\0-name\0web3,process=x") },
		{ "web4", "", "", CMDLINE("qemu\0-name\0debug-threads=on,guest=web4") },
		{ "a,b", "", "", CMDLINE("qemu\0-name\0a,,b") }, /* QEMU doubles a comma */
		{ "a,b,guest=c", "", "",
		  CMDLINE("qemu\0-name\0debug-threads=on,guest=a,,b,,guest=c") },
		{ ",", "", "", CMDLINE("qemu\0-name\0,,,process=x") },
		{ "y", "", "", CMDLINE("qemu\0-name\0x,guest=y") },
		{ "y", "", "", CMDLINE("qemu\0-name\0x\0-name\0guest=y\0-name\0process=z") },
		{ "web", UUID, "", CMDLINE("microvm@web\0-name\0web\0-uuid\0" UUID) },
		{ "web", UUID, "",
		  CMDLINE("kvm\0-uuid\00078177D07-AC0E-4057-B1DE-9CCD66CBC3D7\0-name\0web") },
		{ "web", "", "", CMDLINE("kvm\0-uuid\0" UUID "0\0-name\0web") },
		{ "the-comm", "", "", CMDLINE("qemu\0-name\0debug-threads=on") },
		{ "the-comm", "", "", CMDLINE("qemu\0-name") }, /* -name without a value */
		{ "the-comm", "", "", CMDLINE("qemu\0-name=web") }, /* not QEMU's syntax */
		{ "the-comm", "", "", CMDLINE("") },
		{ "the-comm", "", "", "", 0 },
		{ "a" REPLACED "b" REPLACED, "", "",
		  CMDLINE("qemu\0-name\0a\xff"
			  "b\xc3") },
		{ REPLACED REPLACED REPLACED, "", "", CMDLINE("qemu\0-name\0\xed\xa0\x80") },
		{ REPLACED REPLACED, "", "", CMDLINE("qemu\0-name\0\xc0\x80") },
		/* A name of 63 bytes can contain 31 characters of two bytes each. */
		{ EIGHT EIGHT EIGHT "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4", "", "",
		  CMDLINE("qemu\0-name\0" EIGHT EIGHT EIGHT EIGHT EIGHT) },
	};

	(void)state;
	check_processes(expected, ARRAY_SIZE(expected));
}

static void proxmox(void **state)
{
	static const struct expected expected[] = {
		{ "shop", UUID, "100",
		  CMDLINE("/usr/bin/kvm\0-id\000100\0-name\0shop,debug-threads=on\0-smbios\0"
			  "type=1,uuid=" UUID),
		  "/qemu.slice/100.scope" },
		{ "the-comm", "", "8006", CMDLINE("kvm\0-m\000512"), "/qemu.slice/8006.scope" },
		{ "shop", "", "", CMDLINE("kvm\0-id\000x100\0-name\0shop"), "/qemu.slice/x.scope" },
		{ "shop", "", "", CMDLINE("kvm\0-name\0shop"), "/user.slice/100.scope" },
	};

	(void)state;
	check_processes(expected, ARRAY_SIZE(expected));
}

static void kata(void **state)
{
	static const struct expected expected[] = {
		{ ID12, UUID, ID64,
		  CMDLINE("/opt/kata/bin/qemu-system-x86_64\0-name\0sandbox-" ID64
			  ",debug-threads=on\0-uuid\0" UUID) },
		{ "sandbox-web", "", "", CMDLINE("qemu\0-name\0sandbox-web") },
		{ ID12, "", ID64,
		  CMDLINE("/opt/kata/bin/cloud-hypervisor\0--api-socket\0/run/vc/vm/" ID64
			  "/clh-api.sock") },
		{ ID12, "", ID64, CMDLINE("cloud-hypervisor\0--api-socket\0fd=3"),
		  "/kata_overhead/" ID64 },
	};

	(void)state;
	check_processes(expected, ARRAY_SIZE(expected));
}

static void firecracker(void **state)
{
	static const struct expected expected[] = {
		{ "vm-1", "", "", CMDLINE("/firecracker\0--id\0vm-1\0--start-time-us\00042") },
		{ "vm-2", "", "", CMDLINE("firecracker-v1.7-x86_64\0--api-sock\0/x\0--id\0vm-2") },
		{ "fn", "", "", CMDLINE("firecracker\0--api-sock\0/run/fn.socket") },
		{ "the-comm", "", "", CMDLINE("firecracker\0--id\0anonymous-instance") },
		{ "the-comm", "", "", CMDLINE("firecracker\0-name\0web") },
	};

	(void)state;
	check_processes(expected, ARRAY_SIZE(expected));
}

static void crosvm(void **state)
{
	static const struct expected expected[] = {
		{ "arc", "", "", CMDLINE("/usr/bin/crosvm\0run\0--name\0arc\0-s\0/run/b.sock") },
		{ "arc", "", "", CMDLINE("crosvm\0run\0--name=arc") },
		{ "borealis", "", "", CMDLINE("crosvm\0run\0--socket\0/run/vm/borealis.sock") },
		{ "borealis", "", "", CMDLINE("crosvm\0run\0-s\0/run/vm/borealis.sock") },
		{ "the-comm", "", "", CMDLINE("crosvm\0run\0vmlinux") },
	};

	(void)state;
	check_processes(expected, ARRAY_SIZE(expected));
}

static void cloud_hypervisor(void **state)
{
	static const struct expected expected[] = {
		{ "db", UUID, "",
		  CMDLINE("cloud-hypervisor\0--api-socket\0path=/run/db.sock\0--platform\0"
			  "num_pci_segments=2,uuid=" UUID) },
		{ "db", UUID, "",
		  CMDLINE("cloud-hypervisor-static\0--api-socket=/run/db.sock\0--platform\0"
			  "system_uuid=" UUID ",tdx=off") },
		{ "the-comm", "", "", CMDLINE("cloud-hypervisor\0--api-socket\0fd=3") },
		{ "web", "", "", CMDLINE("cloud-hypervisor\0--api-socket\0fd=3"),
		  "/machine.slice/machine-ch\\x2d4\\x2dweb.scope" },
	};

	(void)state;
	check_processes(expected, ARRAY_SIZE(expected));
}

static void kvmtool(void **state)
{
	static const struct expected expected[] = {
		{ "box", "", "", CMDLINE("/usr/bin/lkvm\0run\0--name\0box") },
		{ "box", "", "", CMDLINE("lkvm-static\0run\0--name=box\0-m\000256") },
		{ "guest-812", "", "", CMDLINE("lkvm\0run\0-k\0bzImage") },
	};

	(void)state;
	check_processes(expected, ARRAY_SIZE(expected));
}

static void cgroups(void **state)
{
	static const struct expected expected[] = {
		{ "web-1", "", "", CMDLINE("x"),
		  "/machine.slice/machine-qemu\\x2d3\\x2dweb\\x2d1.scope/libvirt/emulator" },
		{ "web", "", "", CMDLINE("x"), "/machine/qemu-1-web.libvirt-qemu/emulator" },
		{ "build", "", "", CMDLINE("x"), "/machine.slice/machine-build.scope" },
		{ "qemu", "", ID64, CMDLINE("x\0-name\0qemu"),
		  "/system.slice/docker-" ID64 ".scope" },
		{ ID12, "", ID64, CMDLINE("x"), "/system.slice/docker-" ID64 ".scope" },
		{ ID12, "", ID64, CMDLINE("x"), "/docker/" ID64 },
		{ ID12, "", ID64, CMDLINE("x"),
		  "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID64 ".scope" },
		{ ID12, "", ID64, CMDLINE("x"), "/kubepods/besteffort/pod1/" ID64 "/emulator" },
		{ ID12, "", ID64, CMDLINE("x"), "/machine.slice/libpod-" ID64 ".scope/container" },
		{ ID12, "", ID64, CMDLINE("x"),
		  "/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" ID64 },
		/*
		 * The next three paths contain no valid ID: it is too short, too long, or in
		 * upper case. The last four paths contain no name, or a name with an invalid
		 * escape sequence.
		 */
		{ "the-comm", "", "", CMDLINE("x"), "/docker/" ID12 },
		{ "the-comm", "", "", CMDLINE("x"), "/docker/0" ID64 },
		{ "the-comm", "", "", CMDLINE("x"), "/docker/A" TAIL },
		{ "the-comm", "", "", CMDLINE("x"), "/machine.slice" },
		{ "the-comm", "", "", CMDLINE("x"), "/machine.slice/machine-.scope" },
		{ "a\\x2", "", "", CMDLINE("x"), "/machine.slice/machine-a\\x2.scope" },
		{ "a\\x00b", "", "", CMDLINE("x"), "/machine.slice/machine-a\\x00b.scope" },
	};

	(void)state;
	check_processes(expected, ARRAY_SIZE(expected));
}

#define STATUS(pid, name)                                                                       \
	"<!-- > <name>comment</name> -->\n<domstatus state='running' note='>' pid='" pid "'>\n" \
	"<monitor path='/x/monitor.sock' type='unix'/><vcpus><vcpu id='0' pid='9'/></vcpus>\n"  \
	"<job><name>job</name></job><domain type='kvm' id='1'><metadata><name>meta</name>\n"    \
	"</metadata><name>" name "</name><uuid>" UUID "</uuid><devices/></domain></domstatus>"

static void status_files(void **state)
{
	static const struct {
		const char *xml;
		uint32_t pid;
		const char *name;
	} cases[] = {
		{ STATUS("812", "web"), 812, "web" },
		{ STATUS("812", "a&lt;b&gt;&amp;&quot;&apos;"), 812, "a<b>&\"'" },
		{ "<?xml version='1.0'?><domstatus pid=\"7\"><domain><name>x</name></domain>", 7,
		  "x" },
		{ "<domstatus a='1' pid = '7'><domain><name>x</name></domain>", 0, "" },
		{ STATUS("0", "web"), 0, "" },
		{ STATUS("-1", "web"), 0, "" },
		{ STATUS("99999999999999999999", "web"), 0, "" },
		{ STATUS("812", ""), 0, "" },
		{ STATUS("812", "&unknown;"), 0, "" },
		{ STATUS("812", "<b>web</b>"), 0, "" },
		{ "<domain><name>web</name></domain>", 0, "" },
		{ "<domstatus pid='812'><domain><x><name>web</name></x></domain></domstatus>", 0,
		  "" },
		{ "<domstatus pid='812'></domstatus><domain><name>web</name></domain>", 0, "" },
		{ "<domstatus pid='812'><domain><name>web", 0, "" },
		{ "<domstatus pid='812", 0, "" },
		{ "<!-- ", 0, "" },
		{ "<", 0, "" },
		{ "</x>", 0, "" },
		{ "", 0, "" },
		/*
		 * Reject an XML bomb, a file that declares entities that expand to other
		 * entities.
		 */
		{ "<!DOCTYPE d [<!ENTITY a 'web'><!ENTITY b '&a;&a;&a;&a;'>]>"
		  "<domstatus pid='812'><domain><name>&b;</name></domain></domstatus>",
		  0, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct libvirt_domain domain;
		bool found = libvirt_parse(cases[i].xml, &domain);

		assert_int_equal(found, *cases[i].name != '\0');
		if (!found)
			continue;
		assert_int_equal(domain.pid, cases[i].pid);
		assert_string_equal(domain.name, cases[i].name);
	}
}

/* Deeply nested elements must not consume stack or heap memory. */
static void deep_status_file(void **state)
{
	const size_t depth = 1000000;
	char *xml = malloc(3 * depth + 64);
	struct libvirt_domain domain;
	size_t used;

	(void)state;
	assert_non_null(xml);
	used = (size_t)sprintf(xml, "<domstatus pid='812'>");
	for (size_t i = 0; i < depth; i++, used += 3)
		memcpy(xml + used, "<a>", 4);
	assert_false(libvirt_parse(xml, &domain));
	free(xml);
}

/*
 * If libvirt's status file describes the process, it confirms the name from the command line and
 * adds the UUID.
 */
static void libvirt(void **state)
{
	struct vm_name vm;

	(void)state;
	put_process("cmdline", CMDLINE("qemu\0-name\0guest=web,debug-threads=on"));
	put_domain("web", STATUS("812", "web"));
	assert_true(vm_name_read(&host, PID, &vm));
	assert_string_equal(vm.name, "web");
	assert_string_equal(vm.uuid, UUID);
	/* The file describes a different process. */
	put_domain("web", STATUS("813", "web"));
	assert_true(vm_name_read(&host, PID, &vm));
	assert_string_equal(vm.name, "web");
	assert_string_equal(vm.uuid, "");
	/* A name in the command line must not select a file in another directory. */
	put_domain("../evil", STATUS("812", "evil"));
	put_process("cmdline", CMDLINE("qemu\0-name\0guest=../evil"));
	assert_true(vm_name_read(&host, PID, &vm));
	assert_string_equal(vm.name, "../evil");
	assert_string_equal(vm.uuid, "");
}

/* At most 256 KiB of a status file are read. */
static void huge_status_file(void **state)
{
	const size_t bytes = 300 * 1024;
	char *xml = malloc(bytes + 1024);
	struct vm_name vm;

	(void)state;
	assert_non_null(xml);
	memset(xml, ' ', bytes);
	strcpy(xml + bytes, STATUS("812", "web"));
	put_process("cmdline", CMDLINE("qemu\0-name\0web"));
	put_domain("web", xml);
	assert_true(vm_name_read(&host, PID, &vm));
	assert_string_equal(vm.uuid, "");
	memmove(xml, xml + 100 * 1024, 200 * 1024 + 1024);
	put_domain("web", xml);
	assert_true(vm_name_read(&host, PID, &vm));
	assert_string_equal(vm.uuid, UUID);
	free(xml);
}

/* A pipe in place of a file must not block. */
static void pipes_do_not_block(void **state)
{
	struct vm_name vm;
	char path[160];

	(void)state;
	put_process("comm", "the-comm\n", 9);
	snprintf(path, sizeof(path), "%s/%d/cmdline", proc, PID);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(vm_name_read(&host, PID, &vm));
	assert_string_equal(vm.name, "the-comm");
}

/*
 * vmtoll reads only the first 64 KiB of a command line. An argument that is cut off there is
 * ignored.
 */
static void huge_command_lines(void **state)
{
	char *text = malloc(2 * CMDLINE_BYTES);
	struct vm_name vm;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', 2 * CMDLINE_BYTES);
	memcpy(text + CMDLINE_BYTES - 12, "\0-name\0abcdef", 14);
	text[4] = '\0';
	put_process("cmdline", text, 2 * CMDLINE_BYTES);
	put_process("comm", "the-comm\n", 9);
	assert_true(vm_name_read(&host, PID, &vm));
	assert_string_equal(vm.name, "the-comm");
	memcpy(text + CMDLINE_BYTES - 14, "\0-name\0abcdef", 14);
	put_process("cmdline", text, 2 * CMDLINE_BYTES);
	assert_true(vm_name_read(&host, PID, &vm));
	assert_string_equal(vm.name, "abcdef");
	memset(text, 'x', 2 * CMDLINE_BYTES);
	put_process("cmdline", text, 2 * CMDLINE_BYTES);
	assert_true(vm_name_read(&host, PID, &vm));
	assert_string_equal(vm.name, "the-comm");
	free(text);
}

/*
 * If a file that belongs to root confirms the name, the name belongs to root. Otherwise, it
 * belongs to the user who runs the VM.
 */
static void owners(void **state)
{
	struct vm_name vm;
	char path[160];

	(void)state;
	if (geteuid())
		skip(); /* only root can give files to other users */
	put_process("cmdline", CMDLINE("qemu\0-name\0web"));
	snprintf(path, sizeof(path), "%s/%d", proc, PID);
	assert_int_equal(chown(path, 1000, 1000), 0);
	assert_true(vm_name_read(&host, PID, &vm));
	assert_int_equal(vm.owner, 1000);
	put_domain("web", STATUS("812", "web"));
	assert_true(vm_name_read(&host, PID, &vm));
	assert_int_equal(vm.owner, 0);
	assert_string_equal(vm.uuid, UUID);
	/* Another user has written the file. */
	snprintf(path, sizeof(path), "%s/libvirt/qemu/web.xml", run);
	assert_int_equal(chown(path, 1001, 1001), 0);
	assert_true(vm_name_read(&host, PID, &vm));
	assert_int_equal(vm.owner, 1000);
	assert_string_equal(vm.uuid, "");
}

/* Read the name of a real process, whose command line comes from the kernel. */
static void real_process(void **state)
{
	static const struct host_paths real = { .proc = "/proc" };
	struct vm_name vm = { 0 };
	int status;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (!child) {
		execl("/bin/sh", "firecracker", "-c", "kill -STOP $$", "--id", "real-1", NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(WIFSTOPPED(status));
	assert_true(vm_name_read(&real, (uint32_t)child, &vm));
	assert_string_equal(vm.name, "real-1");
	assert_int_equal(vm.owner, geteuid());
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_false(vm_name_read(&real, (uint32_t)child, &vm));
}

static void ended_processes(void **state)
{
	struct vm_name vm;

	(void)state;
	assert_false(vm_name_read(&host, 77, &vm));
	assert_string_equal(vm.name, VM_NAME_GONE);
}

static void names_match(void **state)
{
	static const struct vm_name container = { "web", UUID, ID64, 0 };
	static const struct vm_name proxmox_vm = { "web", "", "100", 0 };
	static const struct vm_name cut_off = { EIGHT EIGHT EIGHT
						"\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4" };

	(void)state;
	assert_true(vm_name_is(&container, "web"));
	assert_true(vm_name_is(&container, UUID));
	assert_true(vm_name_is(&container, "78177D07-AC0E-4057-B1DE-9CCD66CBC3D7"));
	assert_true(vm_name_is(&container, ID64));
	assert_true(vm_name_is(&container, ID12));
	assert_true(vm_name_is(&container, ID12 "c"));
	assert_true(vm_name_is(&proxmox_vm, "100"));
	assert_true(vm_name_is(&cut_off, EIGHT EIGHT EIGHT EIGHT EIGHT));
	assert_false(vm_name_is(&container, "we"));
	assert_false(vm_name_is(&container, "Web"));
	assert_false(vm_name_is(&container, ""));
	assert_false(vm_name_is(&container, "0123456789a"));
	assert_false(vm_name_is(&container, ID12 "d"));
	assert_false(vm_name_is(&container, ID64 "0"));
	assert_false(vm_name_is(&proxmox_vm, "10"));
	assert_false(vm_name_is(&proxmox_vm, ""));
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)
	const struct CMUnitTest tests[] = {
		TEST(qemu),
		TEST(proxmox),
		TEST(kata),
		TEST(firecracker),
		TEST(crosvm),
		TEST(cloud_hypervisor),
		TEST(kvmtool),
		TEST(cgroups),
		TEST(status_files),
		TEST(deep_status_file),
		TEST(libvirt),
		TEST(huge_status_file),
		TEST(pipes_do_not_block),
		TEST(huge_command_lines),
		TEST(owners),
		TEST(real_process),
		TEST(ended_processes),
		TEST(names_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
