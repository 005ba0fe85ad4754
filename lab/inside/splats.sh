# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lab splats: whether the kernel's log tells of a fault of the kernel. One line a fault, status 1 if there
# is one, and then the log around them on standard error. In a kernel that checks itself (kernel/*.config) all of the
# log counts; in others what comes after the first SKIP lines. A check that has turned itself off is a fault too.

# What a fault looks like. Data races are looked at apart, see splats_races.
splats_pattern='BUG:|WARNING:|Oops|Kernel panic|general protection|unable to handle|Call Trace'
splats_pattern="$splats_pattern|KASAN|UBSAN|ODEBUG|DEBUG_LOCKS_WARN_ON|INFO: (possible|task|rcu|trying)|rcu: INFO"
splats_pattern="$splats_pattern|possible (recursive|circular|irq lock)|inconsistent lock state|bad unlock balance"
splats_pattern="$splats_pattern|Invalid wait context|lock held when returning|held lock freed|suspicious RCU usage"
splats_pattern="$splats_pattern|sleeping function|scheduling while atomic|while atomic|lockup|blocked for more than"
splats_pattern="$splats_pattern|list_(add|del) corruption|refcount_t|unreferenced object|memory leaks"
splats_pattern="$splats_pattern|usercopy|buffer overflow|[Bb]ad page|Bad rss-counter|Objects remaining|KCSAN"

# kmemleak: what was found by the last of two scans; an object is none before it is five seconds old.
splats_leaks()
{
	[ -e /sys/kernel/debug/kmemleak ] || return 0
	sleep 6
	for _ in 1 2; do
		echo scan >/sys/kernel/debug/kmemleak || echo "kmemleak cannot scan: it has turned itself off"
	done
	cat /sys/kernel/debug/kmemleak
}

# Lockdep stops at its first report, and when its tables are full.
splats_lockdep()
{
	[ -e /proc/lockdep_stats ] || return 0
	grep -q 'debug_locks: *1' /proc/lockdep_stats || echo "BUG: lockdep has turned itself off"
}

# splats_races: a report of KCSAN is a fault if vmtoll is in one of its two stacks, above where an interrupt came in (what
# was interrupted is no party to the race); the kernel's own data races are counted.
splats_races()
{
	awk '
		/BUG: KCSAN/ { inside = 1; ours = 0; block = "" }
		!inside { print; next }
		{ block = block $0 "\n" }
		/ bytes by / { interrupted = 0 }
		/ asm_[a-z0-9_]*\+0x/ { interrupted = 1 }
		/\[vmtoll\]|\[fault\]/ && !interrupted { ours = 1 }
		/={20}/ { if (ours) printf "%s", block; else others++; inside = 0 }
		END {
			if (inside) printf "%s", block
			if (others) print "# " others " data races of the kernel itself" >"/dev/stderr"
		}'
}

# What the kernel says of a failure that it was asked to inject, and of what failed by it, is no fault: up to the
# trace's end.
splats_without_injected()
{
	awk '/FAULT_INJECTION: forcing a failure|page allocation failure|vmalloc error/ { skip = 60 }
		skip > 0 { skip = /<\/TASK>/ ? 0 : skip - 1; next }
		{ print }'
}

# The log, whole: if its beginning is gone, so may be more.
splats_log()
{
	dmesg >/tmp/splats.log
	if [ -n "$config_flavour" ]; then
		grep -q 'Linux version' /tmp/splats.log || echo "BUG: the beginning of the log is lost"
		cat /tmp/splats.log
	else
		tail -n +$(($1 + 1)) /tmp/splats.log
	fi
}

verb_splats()
{
	[ $# -le 1 ] || die "usage: lab splats [SKIP]"
	splats_leaks >/tmp/splats.leaks
	{
		splats_log "${1:-0}"
		splats_lockdep
		cat /tmp/splats.leaks
	} | splats_without_injected | splats_races >/tmp/splats
	grep -E "$splats_pattern" /tmp/splats || return 0
	grep -E -A 60 -m 3 "$splats_pattern" /tmp/splats | sed 's/^/# /' >&2
	return 1
}
