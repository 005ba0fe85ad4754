// SPDX-License-Identifier: GPL-2.0
/*
 * While the machine runs, ticker makes the machine's real-time clock raise an interrupt once per
 * second. A CPU emulated by QEMU may miss an interrupt that is pending in its APIC (see
 * lab/README.md). A halted CPU that misses an interrupt of its APIC timer would sleep forever,
 * because the kernel programs this timer for only one interrupt at a time. The clock's interrupt
 * wakes the CPU.
 */
#include <fcntl.h>
#include <linux/rtc.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(void)
{
	int clock = open("/dev/rtc0", O_RDONLY | O_CLOEXEC);

	if (clock < 0 || ioctl(clock, RTC_UIE_ON, 0)) {
		perror("ticker: /dev/rtc0");
		return 1;
	}
	for (;;)
		pause();
}
