# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test hostile guests: random CPUID requests in every CPU mode, events that arrive during CPUID,
# and a guest that is moved to another VM while it reads its leaves.
# Usage: hostile.sh [full] [nested | shadow]. With `full`, the loops run the full number of
# iterations. If no paging mode is given, both modes are tested.
. "$(dirname "$0")/lib.sh"

amount=short
[ "${1-}" != full ] || { amount=full; shift; }
[ $# -gt 0 ] || set -- nested shadow

# Bochs is ten times slower, so run fewer iterations on the machine intel, and test each form of
# CPUID with one combination of traps instead of four.
traps=4
case $amount-$arch in
full-amd) questions=3000 rounds=2000 moves=5000 ;;
full-intel) questions=300 rounds=100 moves=500 ;;
*-amd) questions=10 rounds=20 moves=100 ;;
*-intel) questions=3 rounds=3 moves=20 traps=1 ;;
esac

for mode; do
	case $mode in
	nested | shadow) paging_mode "$mode" ;;
	*) echo "usage: hostile.sh [full] [nested | shadow]" >&2; exit 2 ;;
	esac
	load_with_leaves
	truth hostile -n "$questions" -t "$traps"
	truth events -n "$rounds"
	truth migrate -n "$moves"
	wait_for 10 no_live_vm
	succeeds "$mode-hostile-audit" vmtoll audit
	lab unload
done
finish hostile
