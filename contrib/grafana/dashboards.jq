# SPDX-License-Identifier: GPL-2.0
# Generate a dashboard of Grafana. contrib/grafana/generate runs this program once per dashboard:
#	jq -n --arg name NAME -f dashboards.jq
# A dashboard is a list of rows, and a row is a list of panels. The functions below compute the
# positions of the panels, their numbers, and the reference letters of their queries.

def datasource: {type: "prometheus", uid: "${datasource}"};

# The filters that restrict a query to the selected hosts, host or VM.
def jobs: "job=~\"$job\"";
def host: "job=~\"$job\",instance=\"$instance\"";
def vm: "job=~\"$job\",instance=\"$instance\",vm=\"$vm\"";

# Each function for a panel returns the panel without its position. @queries is a list of pairs
# [expression, legend].
def targets($queries; $more):
	[$queries | to_entries[] | {
		refId: ([65 + .key] | implode), expr: .value[0], legendFormat: .value[1],
		datasource: datasource
	} + $more];

def panel($type; $title; $what; $unit; $queries; $more):
	{type: $type, title: $title, description: $what, datasource: datasource,
	 targets: targets($queries; $more),
	 fieldConfig: {defaults: {unit: $unit, min: 0}, overrides: []}};

def stat($title; $what; $unit; $query):
	panel("stat"; $title; $what; $unit; [[$query, ""]]; {}) + {width: 4, height: 4,
	 options: {reduceOptions: {calcs: ["lastNotNull"]}, colorMode: "value", graphMode: "area"}};

def graph($title; $what; $unit; $queries):
	panel("timeseries"; $title; $what; $unit; $queries; {}) + {width: 12, height: 9,
	 options: {legend: {displayMode: "table", placement: "bottom", calcs: ["mean", "max"]},
		   tooltip: {mode: "multi", sort: "desc"}}};

def stack($title; $what; $unit; $queries):
	graph($title; $what; $unit; $queries)
	| .fieldConfig.defaults.custom = {stacking: {mode: "normal"}, fillOpacity: 40, lineWidth: 1};

# A table with the current values. @columns maps the names of labels and queries to the titles of
# the columns. The columns appear in the order of @columns. Other labels are hidden. @links maps
# labels to addresses.
def table($title; $what; $queries; $columns; $units; $links):
	panel("table"; $title; $what; "short"; [$queries[] | [., ""]];
	      {instant: true, format: "table"})
	+ {width: 12, height: 9,
	   transformations: [
		{id: "merge", options: {}},
		{id: "filterFieldsByName", options: {include: {names: [$columns[][0]]}}},
		{id: "organize", options: {
			indexByName: ([$columns | to_entries[] | {(.value[0]): .key}] | add),
			renameByName: ([$columns[] | {(.[0]): .[1]}] | add)}}],
	   options: {showHeader: true}}
	| .fieldConfig.overrides = [
		($units | to_entries[] | {matcher: {id: "byName", options: .key},
			properties: [{id: "unit", value: .value}]}),
		($links | to_entries[] | {matcher: {id: "byName", options: .key},
			properties: [{id: "links", value: [{title: "Show", url: .value}]}]})];

def heatmap($title; $what; $query):
	panel("heatmap"; $title; $what; "short"; [[$query, "{{le}}"]]; {format: "heatmap"})
	+ {width: 12, height: 9,
	   options: {calculate: false, yAxis: {unit: "s"}, color: {mode: "scheme", scheme: "Oranges"}}};

# The variables at the top of a dashboard.
def variable($name; $text; $query; $more):
	{type: "query", name: $name, label: $text, datasource: datasource, definition: $query,
	 query: {query: $query, refId: $name}, refresh: 2, sort: 1} + $more;

def variable_datasource:
	{type: "datasource", name: "datasource", label: "Data source", query: "prometheus"};
def variable_job:
	variable("job"; "Job"; "label_values(vmtoll_up, job)"; {includeAll: true, multi: true,
		current: {text: "All", value: "$__all"}});
def variable_instance:
	variable("instance"; "Host"; "label_values(vmtoll_up{\(jobs)}, instance)"; {});
def variable_vm:
	variable("vm"; "VM"; "label_values(vmtoll_vm_vcpus{\(host)}, vm)"; {});

# Place the panels of each row beside each other, and the rows below each other.
def place($rows):
	reduce $rows[] as $row ({y: 0, panels: []};
		. as $done
		| (reduce $row[] as $panel ({x: 0, panels: []};
			{x: (.x + $panel.width),
			 panels: (.panels + [($panel | del(.width, .height))
				+ {gridPos: {x: .x, y: $done.y, w: $panel.width, h: $panel.height}}])})
		   ).panels as $panels
		| {y: ($done.y + ([$row[].height] | max)), panels: (.panels + $panels)})
	| .panels | to_entries | map({id: (.key + 1)} + .value);

def heading($title): [{type: "row", title: $title, collapsed: false, panels: [], width: 24, height: 1}];

def dashboard($uid; $title; $what; $variables; $rows):
	{uid: $uid, title: $title, description: $what, tags: ["vmtoll"], schemaVersion: 38,
	 version: 1, editable: true, graphTooltip: 1, refresh: "1m",
	 time: {from: "now-6h", to: "now"},
	 templating: {list: $variables}, annotations: {list: []},
	 links: [{type: "dashboards", title: "vmtoll", tags: ["vmtoll"], asDropdown: false,
		  includeVars: true, keepTime: true}],
	 panels: place($rows)};

# Addresses of the other dashboards, for links in tables.
def to_host: "/d/vmtoll-host?var-instance=${__data.fields.Host}&${__url_time_range}";
def to_vm: "/d/vmtoll-vm?var-instance=${__data.fields.Host}&var-vm=${__data.fields.VM}&${__url_time_range}";

def fleet: dashboard("vmtoll-fleet"; "vmtoll: fleet";
	"The cost of VM exits on all hosts. The queries use the rules of contrib/prometheus.";
	[variable_datasource, variable_job];
	[[stat("Hosts"; "Hosts that can be scraped."; "short"; "count(up{\(jobs)} == 1)"),
	  stat("Hosts down"; "Hosts that cannot be scraped."; "short"; "count(up{\(jobs)}) - sum(up{\(jobs)})"),
	  stat("Not counted"; "Hosts whose exits cannot be read, for example because the module is not loaded."; "short";
		"sum(vmtoll_up{\(jobs)} == bool 0)"),
	  stat("VMs"; "Live VMs."; "short"; "sum(vmtoll_vms{\(jobs)})"),
	  stat("CPUs lost"; "CPUs that all hosts spend on exits, in KVM and in the VMM."; "short";
		"sum(instance:vmtoll_toll:cpus_rate5m{\(jobs)})"),
	  stat("Toll"; "Share of the time of all vCPUs that is spent on exits."; "percentunit";
		"sum(instance:vmtoll_toll:cpus_rate5m{\(jobs)}) / sum(instance:vmtoll_vcpus:cpus_rate5m{\(jobs)})")],
	 [stack("CPUs lost by class"; "Time in KVM and in the VMM by class of exit reasons."; "short";
		[["sum by (class) (job_class:vmtoll_toll:cpus_rate5m{\(jobs)})", "{{class}}"]]),
	  stack("CPUs lost by reason"; "The 10 exit reasons with the largest toll."; "short";
		[["topk(10, sum by (reason) (job_reason:vmtoll_toll:cpus_rate5m{\(jobs)}))", "{{reason}}"]])],
	 [table("Worst hosts"; "The hosts that spend most CPUs on exits.";
		["topk(20, instance:vmtoll_toll:cpus_rate5m{\(jobs)})",
		 "instance:vmtoll_toll:cpus_rate5m{\(jobs)} / instance:vmtoll_vcpus:cpus_rate5m{\(jobs)} and topk(20, instance:vmtoll_toll:cpus_rate5m{\(jobs)})"];
		[["instance", "Host"], ["Value #A", "CPUs lost"], ["Value #B", "Toll"]];
		{"Value #B": "percentunit"}; {Host: to_host}),
	  table("Worst VMs"; "The VMs that lose the largest share of their time to exits.";
		["topk(20, vm:vmtoll_toll:top20_ratio_rate5m{\(jobs)})",
		 "vm:vmtoll_ready:ratio_rate5m{\(jobs)} and topk(20, vm:vmtoll_toll:top20_ratio_rate5m{\(jobs)})"];
		[["instance", "Host"], ["vm", "VM"], ["Value #A", "Toll"], ["Value #B", "Waits for a CPU"]];
		{"Value #A": "percentunit", "Value #B": "percentunit"}; {Host: to_host, VM: to_vm})],
	 [graph("Toll of the worst VMs"; "Share of its time that a VM loses to exits."; "percentunit";
		[["topk(5, vm:vmtoll_toll:top20_ratio_rate5m{\(jobs)})", "{{instance}} {{vm}}"]]),
	  graph("VMs that wait for a CPU"; "Share of its time that a VM waits for a CPU."; "percentunit";
		[["topk(5, vm:vmtoll_ready:top20_ratio_rate5m{\(jobs)})", "{{instance}} {{vm}}"]])],
	 heading("Kernels"),
	 [graph("Toll by kernel"; "Share of the time of all vCPUs that is spent on exits, for each kernel of the hosts."; "percentunit";
		[["sum by (kernel) (job_kernel:vmtoll_toll:cpus_rate5m{\(jobs)}) / sum by (kernel) (job_kernel:vmtoll_vcpus:cpus_rate5m{\(jobs)})", "{{kernel}}"]]),
	  graph("Duration of an exit by kernel"; "Mean time of an exit in KVM and in the VMM."; "s";
		[["sum by (kernel) (job_kernel_reason:vmtoll_toll:cpus_rate5m{\(jobs)}) / sum by (kernel) (job_kernel_reason:vmtoll_exits:rate5m{\(jobs)})", "{{kernel}}"]])],
	 [table("Duration of an exit by kernel and reason"; "Mean time of an exit in KVM and in the VMM, and exits per second.";
		["sum by (kernel, reason) (job_kernel_reason:vmtoll_toll:cpus_rate5m{\(jobs)}) / (sum by (kernel, reason) (job_kernel_reason:vmtoll_exits:rate5m{\(jobs)}) > 0)",
		 "sum by (kernel, reason) (job_kernel_reason:vmtoll_exits:rate5m{\(jobs)})"];
		[["reason", "Reason"], ["kernel", "Kernel"], ["Value #A", "Duration"], ["Value #B", "Exits per second"]];
		{"Value #A": "s", "Value #B": "short"}; {}),
	  table("Hosts by kernel"; "The kernels, vendor modules and paging modes of the hosts.";
		["count by (kernel, module, paging) (vmtoll_kvm_info{\(jobs)})",
		 "count by (version) (vmtoll_build_info{\(jobs)})"];
		[["kernel", "Kernel"], ["module", "Module"], ["paging", "Paging"], ["Value #A", "Hosts"],
		 ["version", "Version of vmtoll"], ["Value #B", "Hosts with this version"]]; {}; {})],
	 heading("Reliability of the figures"),
	 [graph("Exits that were not recorded"; "Lost exits per second. The counts of these VMs are too low."; "short";
		[["topk(10, instance:vmtoll_lost_exits:rate5m{\(jobs)})", "{{instance}}"]]),
	  graph("vCPUs that disagree with KVM"; "vCPUs whose ledger differs from KVM's own count of exits."; "short";
		[["topk(10, instance:vmtoll_unbalanced_vcpus:sum{\(jobs)})", "{{instance}}"]])],
	 [graph("Duration of a reading"; "Time to read the device. It should be far below the scrape interval."; "s";
		[["topk(5, vmtoll_last_reading_duration_seconds{\(jobs)})", "{{instance}}"]]),
	  graph("Series"; "Series per host. --reasons, --vcpus and --histograms of vmtoll serve determine this number."; "short";
		[["topk(5, vmtoll_series{\(jobs)})", "{{instance}}"]])]]);

def host_dashboard: dashboard("vmtoll-host"; "vmtoll: host"; "The cost of VM exits on one host.";
	[variable_datasource, variable_job, variable_instance];
	[[stat("VMs"; "Live VMs."; "short"; "vmtoll_vms{\(host)}"),
	  stat("vCPUs"; "Live vCPUs."; "short"; "sum(vmtoll_vm_vcpus{\(host)})"),
	  stat("Exits per second"; "Exits of all VMs."; "short"; "sum(rate(vmtoll_exits_total{\(host)}[$__rate_interval]))"),
	  stat("CPUs lost"; "CPUs that the host spends on exits, in KVM and in the VMM."; "short";
		"sum(rate(vmtoll_vcpu_seconds_total{\(host),state=~\"kvm|vmm\"}[$__rate_interval]))"),
	  stat("Toll"; "Share of the time of all vCPUs that is spent on exits."; "percentunit";
		"sum(rate(vmtoll_vcpu_seconds_total{\(host),state=~\"kvm|vmm\"}[$__rate_interval])) / sum(rate(vmtoll_vcpu_seconds_total{\(host)}[$__rate_interval]))"),
	  stat("Source"; "1 if the exits can be read."; "short"; "vmtoll_up{\(host)}")],
	 [stack("Time of the vCPUs"; "Where the vCPUs spend their time, in CPUs."; "short";
		[["sum by (state) (rate(vmtoll_vcpu_seconds_total{\(host)}[$__rate_interval]))", "{{state}}"]]),
	  stack("CPUs lost by reason"; "Time in KVM and in the VMM. The reason \"other\" is the sum of the reasons without series of their own."; "short";
		[["topk(10, sum by (reason, class) (rate(vmtoll_exit_seconds_total{\(host),place=~\"kvm|vmm\"}[$__rate_interval])))", "{{reason}} ({{class}})"]])],
	 [graph("Toll of the worst VMs"; "Share of its time that a VM loses to exits."; "percentunit";
		[["topk(10, sum by (vm) (rate(vmtoll_vcpu_seconds_total{\(host),state=~\"kvm|vmm\"}[$__rate_interval])) / (sum by (vm) (rate(vmtoll_vcpu_seconds_total{\(host)}[$__rate_interval])) > 0))", "{{vm}}"]]),
	  graph("VMs that wait for a CPU"; "Share of its time that a VM waits for a CPU."; "percentunit";
		[["topk(10, sum by (vm) (rate(vmtoll_vcpu_seconds_total{\(host),state=\"ready\"}[$__rate_interval])) / (sum by (vm) (rate(vmtoll_vcpu_seconds_total{\(host)}[$__rate_interval])) > 0))", "{{vm}}"]])],
	 [graph("Exits by reason"; "Exits per second of all VMs."; "short";
		[["topk(10, sum by (reason, class) (rate(vmtoll_exits_total{\(host)}[$__rate_interval])))", "{{reason}} ({{class}})"]]),
	  graph("Duration of an exit"; "Mean time of an exit in KVM and in the VMM, without halted time."; "s";
		[["topk(10, sum by (reason, class) (rate(vmtoll_exit_seconds_total{\(host),place=~\"kvm|vmm\"}[$__rate_interval])) / (sum by (reason, class) (rate(vmtoll_exits_total{\(host)}[$__rate_interval])) > 0))", "{{reason}} ({{class}})"]])],
	 [table("VMs"; "The VMs of the host with their toll and their exits per second.";
		["topk(50, sum by (vm) (rate(vmtoll_vcpu_seconds_total{\(host),state=~\"kvm|vmm\"}[$__rate_interval])) / (sum by (vm) (rate(vmtoll_vcpu_seconds_total{\(host)}[$__rate_interval])) > 0))",
		 "sum by (vm) (rate(vmtoll_exits_total{\(host)}[$__rate_interval]))",
		 "sum by (vm) (vmtoll_vm_vcpus{\(host)})",
		 "max by (vm, name, uuid, pid) (vmtoll_vm_info{\(host)})"];
		[["vm", "VM"], ["Value #A", "Toll"], ["Value #B", "Exits per second"], ["Value #C", "vCPUs"],
		 ["pid", "Process"], ["uuid", "UUID"]];
		{"Value #A": "percentunit"};
		{VM: "/d/vmtoll-vm?var-instance=${instance}&var-vm=${__data.fields.VM}&${__url_time_range}"}),
	  table("Host"; "Kernel, vendor module and paging mode of the host, and the source of the figures.";
		["max by (kernel, module, paging) (vmtoll_kvm_info{\(host)})",
		 "max by (source, isa) (vmtoll_source_info{\(host)})",
		 "max by (version) (vmtoll_build_info{\(host)})"];
		[["kernel", "Kernel"], ["module", "Module"], ["paging", "Paging"], ["source", "Source"],
		 ["isa", "Instruction set"], ["version", "Version of vmtoll"]]; {}; {})],
	 heading("Reliability of the figures"),
	 [graph("Exits that were not recorded"; "Lost exits per second, and exits of ended vCPUs whose ledgers were not kept."; "short";
		[["sum(rate(vmtoll_vm_lost_exits_total{\(host)}[$__rate_interval])) + sum(rate(vmtoll_lost_exits_total{\(host)}[$__rate_interval]))", "lost"],
		 ["rate(vmtoll_unattributed_exits_total{\(host)}[$__rate_interval])", "unattributed"]]),
	  graph("Readings"; "Readings of the device per second, and resets of its counters."; "short";
		[["rate(vmtoll_readings_total{\(host)}[$__rate_interval])", "succeeded"],
		 ["rate(vmtoll_reading_errors_total{\(host)}[$__rate_interval])", "failed"],
		 ["rate(vmtoll_resets_total{\(host)}[$__rate_interval])", "resets"]])]]);

def vm_dashboard: dashboard("vmtoll-vm"; "vmtoll: VM"; "The cost of the exits of one VM.";
	[variable_datasource, variable_job, variable_instance, variable_vm];
	[[stat("vCPUs"; "Live vCPUs; 0 if the VM has ended."; "short"; "vmtoll_vm_vcpus{\(vm)}"),
	  stat("Toll"; "Share of its time that the VM loses to exits."; "percentunit";
		"sum(rate(vmtoll_vcpu_seconds_total{\(vm),state=~\"kvm|vmm\"}[$__rate_interval])) / sum(rate(vmtoll_vcpu_seconds_total{\(vm)}[$__rate_interval]))"),
	  stat("Waits for a CPU"; "Share of its time that the VM waits for a CPU."; "percentunit";
		"sum(rate(vmtoll_vcpu_seconds_total{\(vm),state=\"ready\"}[$__rate_interval])) / sum(rate(vmtoll_vcpu_seconds_total{\(vm)}[$__rate_interval]))"),
	  stat("Exits per second"; "Exits of all vCPUs."; "short"; "sum(rate(vmtoll_exits_total{\(vm)}[$__rate_interval]))"),
	  stat("Not recorded"; "Lost exits in the selected time."; "short"; "sum(increase(vmtoll_vm_lost_exits_total{\(vm)}[$__range]))"),
	  stat("Unbalanced vCPUs"; "vCPUs whose ledger differs from KVM's own count of exits."; "short"; "vmtoll_vm_unbalanced_vcpus{\(vm)}")],
	 [stack("Time of the vCPUs"; "Where the vCPUs spend their time, in CPUs."; "short";
		[["sum by (state) (rate(vmtoll_vcpu_seconds_total{\(vm)}[$__rate_interval]))", "{{state}}"]]),
	  stack("CPUs lost by reason"; "Time in KVM and in the VMM."; "short";
		[["sum by (reason, class) (rate(vmtoll_exit_seconds_total{\(vm),place=~\"kvm|vmm\"}[$__rate_interval]))", "{{reason}} ({{class}})"]])],
	 [graph("Exits by reason"; "Exits per second."; "short";
		[["sum by (reason, class) (rate(vmtoll_exits_total{\(vm)}[$__rate_interval]))", "{{reason}} ({{class}})"]]),
	  graph("Duration of an exit"; "Mean time of an exit in KVM and in the VMM, without halted time."; "s";
		[["sum by (reason, class) (rate(vmtoll_exit_seconds_total{\(vm),place=~\"kvm|vmm\"}[$__rate_interval])) / (sum by (reason, class) (rate(vmtoll_exits_total{\(vm)}[$__rate_interval])) > 0)", "{{reason}} ({{class}})"]])],
	 [heatmap("Durations of the exits"; "Exits by duration, without HLT. The panel requires vmtoll serve --histograms.";
		"sum by (le) (increase(vmtoll_exit_duration_seconds_bucket{\(vm),reason!=\"HLT\"}[$__rate_interval]))"),
	  graph("99th percentile of the durations"; "The panel requires vmtoll serve --histograms."; "s";
		[["histogram_quantile(0.99, sum by (reason, le) (rate(vmtoll_exit_duration_seconds_bucket{\(vm),reason!=\"HLT\"}[$__rate_interval])))", "{{reason}}"]])],
	 [graph("Time in the VMM and halted"; "Time of the exits by place, in CPUs."; "short";
		[["sum by (place) (rate(vmtoll_exit_seconds_total{\(vm)}[$__rate_interval]))", "{{place}}"]]),
	  table("VM"; "Names and process of the VM.";
		["max by (vm, name, pid, uuid, manager_id) (vmtoll_vm_info{\(vm)})"];
		[["vm", "VM"], ["name", "Name"], ["pid", "Process"], ["uuid", "UUID"], ["manager_id", "Id of the manager"]]; {}; {})]]);

{fleet: fleet, host: host_dashboard, vm: vm_dashboard}[$name]
