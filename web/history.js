// SPDX-License-Identifier: GPL-2.0
// The page of `vmtoll report --html`: the toll of each VM over time, and for the selected VM or
// vCPU its reasons, the durations of its exits, and where its time went.
import * as Plot from "@observablehq/plot";
import { asPicture, choice, element, figure, keyFigure, section } from "./element.js";
import { compact, count, duration, percentileError } from "./format.js";

const data = JSON.parse(document.getElementById("data").textContent);
const MOST_LINES = 8;
const MOST_REASONS = 8;
const times = data.bins.map(([start, end]) => new Date((start + end) / 2));
const text = vm => vm.id ? vm.name ? `${vm.name} (${vm.pid})` : `pid ${vm.pid}` : "all VMs";
const vms = [data.all, ...data.vms];
const share = value => value === null || value === undefined ? "-" : `${value.toPrecision(3)}%`;
const tollText = vm => vm.toll_percent === undefined || vm.toll_percent === null ? "-" : `${vm.toll_percent.toFixed(1)}%`;
const utc = ms => new Date(ms).toISOString().replace("T", " ").slice(0, 19);

function color(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const chosen = id => document.getElementById(id).value;
const selectedVm = () => vms.find(vm => String(vm.id) === chosen("vm"));
const vcpusOf = vm => vm.vcpu_list ?? [];
const selectedVcpu = () => vcpusOf(selectedVm()).find(vcpu => String(vcpu.index) === chosen("vcpu"));

// Return the selected vCPU or, if all vCPUs are selected, the selected VM.
const selected = () => selectedVcpu() ?? selectedVm();
const selectedText = () => text(selectedVm()) + (selectedVcpu() ? `, vCPU ${selectedVcpu().index}` : "");

function frame(width) {
	return { width, height: 260, marginLeft: 56, marginRight: 20, marginBottom: 40, style: { fontSize: "12px" },
		x: { type: "utc", label: "time (UTC)", domain: [new Date(data.bins[0][0]), new Date(data.bins.at(-1)[1])] } };
}

// Return the series with the largest sums, at most `most` of them, and the sum of the others.
function largest(series, most) {
	const sum = values => values.reduce((total, value) => total + (value ?? 0), 0);
	const sorted = [...series].sort((a, b) => sum(b.values) - sum(a.values));
	const rest = sorted.slice(most);
	if (!rest.length)
		return sorted;
	return [...sorted.slice(0, most), { name: `${rest.length} others`, values: times.map((_, i) => sum(rest.map(one => one.values[i]))) }];
}

const points = series => series.flatMap(({ name, values }) => values.map((value, i) => ({ name, time: times[i], value })));

function drawToll({ width }) {
	const vm = selectedVm();
	const one = selectedVcpu();
	const shown = one ? [one] : vcpusOf(vm).length > 1 ? [vm, ...vcpusOf(vm).slice(0, MOST_LINES - 1)] : vm.id ? [vm] : data.vms.slice(0, MOST_LINES);
	const lines = shown.map(part => ({ name: part.index === undefined ? text(part) : `vCPU ${part.index}`, values: part.toll }));
	const rows = points(lines);
	return [Plot.plot({
		...frame(width), y: { label: "toll in %", grid: true, zero: true }, color: { legend: true, domain: lines.map(line => line.name) },
		marks: [Plot.lineY(rows, { x: "time", y: "value", stroke: "name", strokeWidth: 1.6 }),
			Plot.dot(rows.filter(row => row.value !== null), { x: "time", y: "value", stroke: "name", r: 1.5, tip: true,
				title: row => `${row.name}\n${utc(row.time)}\n${share(row.value)}` })],
	}), `Toll over time: ${lines.map(line => `${line.name} at most ${share(Math.max(...line.values.filter(value => value !== null)))}`).join(", ")}`];
}

function drawReasons({ width }) {
	const one = chosen("reason");
	const wanted = selected().reasons.filter(reason => one === "all" || reason.name === one);
	const series = largest(wanted.map(({ name, bins }) => ({ name, values: bins })), MOST_REASONS);
	return [Plot.plot({
		...frame(width), y: { label: "seconds in KVM and the VMM, per second", grid: true },
		color: { legend: true, domain: series.map(({ name }) => name) },
		marks: [Plot.areaY(points(series), { x: "time", y: "value", fill: "name", curve: "step", order: series.map(({ name }) => name), tip: true,
			title: row => `${row.name}\n${utc(row.time)}\n${(row.value ?? 0).toPrecision(3)} s per second` }), Plot.ruleY([0])],
	}), `Toll by reason over time, largest first: ${series.map(({ name }) => name).join(", ")}`];
}

// Return the lower bound of a bucket.
const bucketStart = bucket => duration(bucket && data.tsc_khz ? 2 ** (bucket + 7) / data.tsc_khz / 1000 : 0);

// Return the range of durations of a bucket. The last bucket has no upper bound.
function bucketText(bucket) {
	const end = bucket < 25 ? bucketStart(bucket + 1) : "more";
	return bucket ? `${bucketStart(bucket)} to ${end}` : `below ${end}`;
}

// Return the labeled values of a logarithmic scale. These are the powers of ten between the
// bounds. If there are fewer than two such powers, return the bounds.
function logTicks(low, high) {
	const ticks = [];
	for (let value = 10 ** Math.ceil(Math.log10(low)); value <= high; value *= 10)
		ticks.push(value);
	return ticks.length < 2 ? [low, high] : ticks;
}

function drawHeat({ width }) {
	const cells = selected().hist.flatMap((buckets, i) => buckets.map(([bucket, exits]) => ({ bucket, exits, i })));
	if (!cells.length)
		return [element("p", { class: "soft" }, "The source reports no durations."), ""];
	const low = Math.min(...cells.map(cell => cell.bucket)), high = Math.max(...cells.map(cell => cell.bucket));
	const top = [...cells].sort((a, b) => b.exits - a.exits)[0];
	const dark = matchMedia("(prefers-color-scheme: dark)").matches;
	const exits = cells.map(cell => cell.exits);
	const least = Math.min(...exits), most = Math.max(...exits, least + 1);
	return [Plot.plot({
		...frame(width), marginLeft: 70, y: { label: null, domain: [low, high + 1], ticks: high - low + 1, tickFormat: bucket => bucket > 25 ? "" : bucketStart(bucket) },
		color: { type: "log", scheme: "blues", reverse: dark, label: "exits", legend: true, domain: [least, most], ticks: logTicks(least, most), tickFormat: compact },
		marks: [Plot.rect(cells, { x1: cell => new Date(data.bins[cell.i][0]), x2: cell => new Date(data.bins[cell.i][1]),
			y1: "bucket", y2: cell => cell.bucket + 1, fill: "exits", tip: true, inset: 0,
			title: cell => `${utc(data.bins[cell.i][0])}\n${bucketText(cell.bucket)}\n${count(cell.exits)} exits` })],
	}), `Durations of exits over time; most exits took ${bucketText(top.bucket)}`];
}

// Describe the residual: the part of the vCPUs' time that the chart does not assign to any place.
function residualText() {
	const { books } = selected();
	const residuals = books.filter(row => row !== null && row.length > 5).map(row => row[5]);
	if (!residuals.length)
		return "The time in the guest was not measured; it is the remaining time.";
	const worst = residuals.reduce((most, value) => Math.abs(value) > Math.abs(most) ? value : most);
	return `Residual (time in none of these places): at most ${share(worst)}.`;
}

function drawBooks({ width }) {
	const { books } = selected();
	const places = ["guest", "KVM", "VMM", "halted", "ready"];
	const series = places.map((name, place) => ({ name, values: books.map(row => row === null ? null : row[place]) }));
	const mean = values => values.reduce((sum, value) => sum + (value ?? 0), 0) / Math.max(1, values.filter(value => value !== null).length);
	return [Plot.plot({
		...frame(width), y: { label: "% of the vCPUs' time", domain: [0, 100], grid: true, clamp: true },
		color: { legend: true, domain: places, range: [color("a"), color("kvm"), color("vmm"), color("halt"), color("ready")] },
		marks: [Plot.areaY(points(series), { x: "time", y: "value", fill: "name", curve: "step", order: places, tip: true,
			title: row => `${row.name}\n${utc(row.time)}\n${share(row.value)}` })],
	}), `Where the time went, on average: ${series.map(({ name, values }) => `${name} ${share(mean(values))}`).join(", ")}`];
}

const charts = [["toll", drawToll], ["reasons", drawReasons], ["heat", drawHeat], ["books", drawBooks]];

function draw() {
	for (const [id, make] of charts) {
		const place = document.getElementById(id);
		place.replaceChildren(asPicture(make({ width: Math.max(280, Math.min(place.clientWidth, 1080)) })));
	}
	document.getElementById("reason-table").replaceChildren(reasonTable());
	document.getElementById("vcpu-table").replaceChildren(vcpuTable());
	document.getElementById("residual").textContent = residualText();
}

function table(caption, heads, rows, attributes = {}) {
	return element("table", attributes, element("caption", {}, element("span", {}, caption)),
		element("thead", {}, element("tr", {}, ...heads.map(title => element("th", { scope: "col" }, title)))),
		element("tbody", {}, ...rows.map(([first, ...cells]) => element("tr", {}, element("th", { scope: "row" }, first),
			...cells.map(cell => element("td", {}, cell))))));
}

// Select a VM, a vCPU or a reason, as if the user had selected it in the list.
function selectButton(id, value, shown) {
	const button = element("button", { type: "button" }, shown);
	button.addEventListener("click", () => {
		document.getElementById(id).value = value;
		update(id);
		draw();
		document.getElementById(id).scrollIntoView({ block: "nearest" });
	});
	return button;
}

const seconds = ns => duration((ns ?? 0) / 1e9);

const known = ns => ns === undefined ? "-" : seconds(ns);

const bound = ns => ns === undefined ? "" : `<${seconds(ns)}`;

function vmTable() {
	return table("VMs, the highest toll first. Select a VM to see its reasons and durations.",
		["VM", "vCPUs", "exits", "toll", "in KVM", "in the VMM", "halted", "ready", "longest", "lost"],
		vms.map(vm => [selectButton("vm", String(vm.id), text(vm)), vm.id ? count(vm.vcpus) : "", count(vm.exits), tollText(vm), seconds(vm.kvm_ns),
			seconds(vm.vmm_ns), seconds(vm.halt_ns), known(vm.ready_ns), seconds(vm.longest_ns), count(vm.lost)]));
}

function vcpuTable() {
	const vm = selectedVm();
	if (!vcpusOf(vm).length)
		return element("p", { class: "soft" }, vm.id ? "The vCPUs of this VM were not recorded separately (vmtoll record --vcpus does this)."
			: "Select a VM to see its vCPUs.");
	return table(`vCPUs of ${text(vm)}. Select a vCPU to see its reasons and durations.`,
		["vCPU", "exits", "toll", "in KVM", "in the VMM", "halted", "ready", "longest", "lost"],
		[[selectButton("vcpu", "all", "all"), vm], ...vcpusOf(vm).map(vcpu => [selectButton("vcpu", String(vcpu.index), String(vcpu.index)), vcpu])]
			.map(([button, row]) => [button, count(row.exits), tollText(row), seconds(row.kvm_ns), seconds(row.vmm_ns),
				seconds(row.halt_ns), known(row.ready_ns), seconds(row.longest_ns), count(row.lost)]));
}

function reasonTable() {
	return table(`Reasons of ${selectedText()}, the longest total time first. ${percentileError(data.tsc_khz)}`,
		["reason", "exits", "in KVM", "in the VMM", "halted", "mean", "p50", "p90", "p99", "p99.9", "longest"],
		selected().reasons.map(row => [selectButton("reason", row.name, row.name), count(row.exits), seconds(row.kvm_ns), seconds(row.vmm_ns),
			seconds(row.halt_ns), row.mean_ns === undefined ? "" : seconds(row.mean_ns), ...["p50_ns", "p90_ns", "p99_ns", "p999_ns"].map(key => bound(row[key])),
			row.longest_at_most ? bound(row.longest_ns) : seconds(row.longest_ns)]));
}

function eventTable() {
	const names = new Map(vms.map(vm => [vm.id, text(vm)]));
	return table(`${count(data.all_events)} events${data.events.length < data.all_events ? `; the last ${data.events.length} are shown` : ""}.`,
		["time (UTC)", "event", "VM", "details"],
		data.events.map(event => [utc(event.clock_ns / 1e6), event.kind, event.id ? names.get(event.id) ?? "" : "", event.text]), { class: "texts" });
}

function fillVcpus() {
	const options = [["all", "all"], ...vcpusOf(selectedVm()).map(({ index }) => [String(index), String(index)])];
	document.getElementById("vcpu").replaceChildren(...options.map(([value, shown]) => element("option", { value }, shown)));
}

// Offer the vCPUs and the reasons of the new selection. Keep the reason if it still exists.
function update(id) {
	const reason = chosen("reason");
	if (id === "vm")
		fillVcpus();
	if (id === "reason")
		return;
	fillReasons();
	if (selected().reasons.some(row => row.name === reason))
		document.getElementById("reason").value = reason;
}

function fillReasons() {
	const options = [["all", "all"], ...selected().reasons.map(row => [row.name, row.name])];
	document.getElementById("reason").replaceChildren(...options.map(([value, shown]) => element("option", { value }, shown)));
}

function warnings() {
	const lost = data.lost ? [`${count(data.lost)} exits could not be recorded (lost).`] : [];
	const audit = data.audit && !data.audit.balanced ? [`The audit does not balance: KVM counted ${count(data.audit.kvm_exits)} exits, the ledger ${count(data.audit.exits)}.`] : [];
	const unreliable = data.tsc_unreliable ? ["The TSC of the host is unreliable, so times may be wrong."] : [];
	const residuals = data.vms.filter(vm => vm.large_residual).map(vm => `The times of ${text(vm)} do not add up to the wall-clock time: ` +
		`the residual is ${share(100 * vm.residual_ns / vm.vcpu_ns)}.`);
	return [...lost, ...audit, ...unreliable, ...residuals].map(line => element("p", { class: "warning" }, element("strong", {}, "Warning: "), line));
}

function head() {
	const about = [data.source, data.isa.toUpperCase(), data.kernel, ...data.emulated ? ["the host is emulated: exits are real, times are the emulator's"] : []];
	return element("header", {}, element("h1", {}, `VM exits of ${data.machine}`),
		element("p", { class: "soft" }, `${utc(data.start_ns / 1e6)} to ${utc(data.end_ns / 1e6)} (UTC), ${count(data.intervals)} intervals`),
		element("p", { class: "soft" }, about.filter(Boolean).join(" · ")),
		element("ul", { class: "keys" }, keyFigure(count(data.all.exits), "exits"), keyFigure(tollText(data.all), "toll of all VMs"),
			keyFigure(count(data.vms.length), "VMs"), keyFigure(compact(data.lost), "lost exits"),
			keyFigure(data.audit ? data.audit.balanced ? "balanced" : "NOT balanced" : "none", "audit")),
		...warnings());
}

document.title = `vmtoll report: ${data.machine}`;
document.getElementById("report").replaceChildren(head(),
	section("vms", "VMs", element("div", { class: "scroll long", tabindex: "0", role: "region", "aria-label": "table of VMs" }, vmTable())),
	element("div", { class: "choices" }, choice("vm", "VM", vms.map(vm => [String(vm.id), text(vm)])), choice("vcpu", "vCPU", []), choice("reason", "Reason", [])),
	section("cpus", "vCPUs", element("div", { class: "scroll long", tabindex: "0", role: "region", "aria-label": "table of vCPUs", id: "vcpu-table" })),
	section("tolls", "Toll over time", figure("toll", "Time in KVM and in the VMM, as a share of the vCPUs' time. Of all VMs, those with the highest toll are shown.")),
	section("why", "Reasons over time", figure("reasons", "Time in KVM and in the VMM by reason.")),
	section("durations", "Durations of exits over time", figure("heat", "Each cell counts the exits whose durations are in a range.")),
	section("places", "Where the time went", figure("books", "Time of the vCPUs by place."), element("p", { class: "soft", id: "residual" })),
	section("details", "Reasons", element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "table of reasons", id: "reason-table" })),
	section("events", "Events", element("div", { class: "scroll long", tabindex: "0", role: "region", "aria-label": "table of events" }, eventTable())));
update("vm");
draw();
for (const id of ["vm", "vcpu", "reason"])
	document.getElementById(id).addEventListener("change", () => { update(id); draw(); });
let drawn = document.body.clientWidth;
addEventListener("resize", () => {
	if (document.body.clientWidth === drawn)
		return;
	drawn = document.body.clientWidth;
	draw();
});
