// SPDX-License-Identifier: GPL-2.0
/*
 * ticker: has the machine's real-time clock interrupt it once a second, for ever. A processor that QEMU
 * emulates may lose the note of an interrupt that its APIC holds (lab/README.md), and would sleep until the
 * next one; the kernel's own timers come from that very APIC, one at a time.
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
