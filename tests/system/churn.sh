# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A thousand VMs that come and go: counts stay right, and a VM's memory goes with it.
. "$(dirname "$0")/lib.sh"

vms=1000 warm_up=20

lab load
/truth/truth churn $warm_up >/dev/null
before=$(free_kb)
try churn /truth/truth churn $vms
if wait_for 10 no_live_vm; then ok churn-no-vm-left; else not_ok churn-no-vm-left "$(vmtoll list)"; fi
after=$(free_kb)
try churn-audit vmtoll audit
holds churn-departed "$((warm_up + vms)) vCPUs" "$(vmtoll stat)"
# 16 KiB a vCPU would be gone if they leaked; what else moves is far below half of it.
if [ $((before - after)) -lt $((8 * vms)) ]; then ok churn-memory; else
	not_ok churn-memory "free memory went from $before to $after KiB"
fi
try churn-unload lab unload

# Held by O_PATH, the files of vCPUs that are gone look as if they were not: still no
# VM may be taken for the one before it.
lab load
try churn-pinned /truth/truth churn 50 pinned
wait_for 10 no_live_vm
holds churn-pinned-departed "50 vCPUs" "$(vmtoll stat)"
try churn-pinned-audit vmtoll audit
lab unload
finish churn
