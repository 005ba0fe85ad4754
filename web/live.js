// SPDX-License-Identifier: GPL-2.0
// The live page of `vmtoll serve`: the VMs by toll, and for the selected VM its worst reasons and
// where its time goes. The server sends an object with the schema vmtoll.live/1 every second.
import * as Plot from "@observablehq/plot";
import { asPicture, element, figure, keyFigure, section } from "./element.js";
import { count, duration } from "./format.js";

const MOST_LINES = 8;
const MOST_POINTS = 300;
// The chart covers at least this time.
const CHART_MS = 60000;
// If no data arrives for this long, the page says that its figures are old.
const STALE_MS = 3500;
// After the server has refused a connection, wait this long before the next attempt.
const RETRY_MS = 2000;

const places = [["guest", "guest_percent", "a"], ["KVM", "kvm_percent", "kvm"], ["VMM", "vmm_percent", "vmm"],
	["halted", "halt_percent", "halt"], ["ready", "ready_percent", "ready"]];

const text = vm => vm.name ? `${vm.name} (${vm.pid})` : vm.pid ? `pid ${vm.pid}` : `VM ${vm.id}`;
const share = value => value === undefined ? "-" : `${value.toFixed(1)}%`;
const time = ns => ns === undefined ? "-" : duration(ns / 1e9);
const clock = ms => new Date(ms).toLocaleTimeString("en-GB");
const color = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const byId = id => document.getElementById(id);

// The state of the page. `data` is the last object, and `arrived` is the time of its arrival.
// `failure` is the message of the server if it cannot read the exits.
const state = { data: undefined, arrived: 0, failure: "", connected: false, paused: false, pid: 0, source: undefined };
// The toll of each VM over time, by the number of the VM.
const history = new Map();
// The rows of the table of VMs, by the number of the VM.
const rows = new Map();

// Replace the text of an element only if it changes, so that screen readers do not read it again.
function setText(node, value) {
	if (node.textContent !== value)
		node.textContent = value;
}

// Return the state of the page in words, and whether it is a warning.
function stateText() {
	const at = state.data ? `The figures are from ${clock(state.data.clock_ns / 1e6)}.` : "There are no figures yet.";
	if (state.paused)
		return [`Paused. ${at}`, true];
	if (!state.connected)
		return [`Not connected to the server; trying again. ${at}`, true];
	if (state.failure)
		return [`The server cannot read the exits: ${state.failure}. ${at}`, true];
	if (!state.data)
		return ["Waiting for the first interval.", false];
	if (Date.now() - state.arrived > STALE_MS)
		return [`The server sends no data. ${at}`, true];
	return ["Live", false];
}

function showState() {
	const [words, warning] = stateText();
	const node = byId("state");
	setText(node, words);
	node.className = warning ? "state warning" : "state";
	byId("report").classList.toggle("old", warning);
	setText(byId("pause"), state.paused ? "Continue" : "Pause");
	byId("pause").setAttribute("aria-pressed", String(state.paused));
}

// The columns of the table of VMs: a title, and a function that returns the text of a cell.
const vmColumns = [["vCPUs", vm => count(vm.vcpus)], ["toll", vm => share(vm.toll_percent)], ["exits/s", vm => count(vm.exits_per_second)],
	...places.map(([title, key]) => [title, vm => share(vm[key])]), ["lost", vm => count(vm.lost ?? 0)], ["worst reasons", vm => vm.worst ?? ""]];

function newRow(vm) {
	const button = element("button", { type: "button" });
	button.addEventListener("click", () => select(vm.pid));
	const row = element("tr", { "data-pid": vm.pid ?? 0 }, element("th", { scope: "row" }, button), ...vmColumns.map(() => element("td")));
	rows.set(vm.id, row);
	return row;
}

function fillRow(row, vm) {
	const [head, ...cells] = row.children;
	setText(head.firstChild, text(vm) + (vm.ended ? " (ended)" : vm.started ? " (new)" : ""));
	head.firstChild.setAttribute("aria-current", String(Boolean(vm.pid) && vm.pid === state.pid));
	cells.forEach((cell, i) => setText(cell, vmColumns[i][1](vm)));
}

// Show the VMs in the order of their toll. While the user points at the table or has focused a
// row, the rows keep their places, so that a click hits the intended VM.
function showVms() {
	const body = byId("vms").querySelector("tbody");
	const held = body.matches(":hover") || body.contains(document.activeElement);
	const { vms, all } = state.data;
	const live = new Set(vms.map(vm => vm.id));
	for (const [id, row] of rows)
		if (!live.has(id)) {
			row.remove();
			rows.delete(id);
		}
	vms.forEach((vm, i) => {
		const row = rows.get(vm.id) ?? newRow(vm);
		fillRow(row, vm);
		if (!row.isConnected || (!held && body.children[i] !== row))
			body.insertBefore(row, held ? null : body.children[i] ?? null);
	});
	setText(byId("more"), all.vms > vms.length ? `${count(all.vms - vms.length)} more VMs have a lower toll.` : "");
}

// Keep the toll of each VM for the chart.
function remember() {
	const at = new Date(state.data.clock_ns / 1e6);
	const live = new Set(state.data.vms.map(vm => vm.id));
	for (const vm of state.data.vms) {
		const points = history.get(vm.id)?.points ?? [];
		points.push({ time: at, value: vm.toll_percent ?? 0 });
		history.set(vm.id, { name: text(vm), points: points.slice(-MOST_POINTS) });
	}
	for (const [id, { points }] of history)
		if (!live.has(id) && at - points.at(-1).time > MOST_POINTS * 1000)
			history.delete(id);
}

// Replace a chart, unless the user points at it to read its tips.
function draw(id, chart) {
	const place = byId(id);
	if (!place.matches(":hover"))
		place.replaceChildren(asPicture(chart(Math.max(280, Math.min(place.clientWidth, 1080)))));
}

function drawTolls(width) {
	const shown = state.data.vms.slice(0, MOST_LINES).map(vm => history.get(vm.id));
	const points = shown.flatMap(line => line.points.map(point => ({ ...point, name: line.name })));
	const last = state.data.clock_ns / 1e6;
	const first = Math.min(last - CHART_MS, ...points.map(point => point.time));
	const lines = shown.some(line => line.points.length > 1) ? [Plot.lineY(points, { x: "time", y: "value", stroke: "name", strokeWidth: 1.6 })] : [];
	return [Plot.plot({
		width, height: 240, marginLeft: 46, marginRight: 20, marginBottom: 40, style: { fontSize: "12px" },
		x: { type: "time", label: "time", domain: [new Date(first), new Date(last)], ticks: width / 90, tickFormat: at => clock(at) }, y: { label: "toll in %", grid: true, zero: true },
		color: { legend: true, domain: shown.map(({ name }) => name) },
		marks: [...lines,
			Plot.dot(points, { x: "time", y: "value", stroke: "name", r: 1.5, tip: true,
				title: point => `${point.name}\n${clock(point.time)}\n${share(point.value)}` })],
	}), `Toll over time: ${shown.map(line => `${line.name} ${share(line.points.at(-1).value)}`).join(", ")}`];
}

function drawBooks(width) {
	const parts = places.filter(([, key]) => state.data.vm[key] !== undefined)
		.map(([name, key]) => ({ name, value: state.data.vm[key] }));
	return [Plot.plot({
		width, height: 90, marginLeft: 12, marginRight: 20, marginBottom: 40, style: { fontSize: "12px" },
		x: { label: "% of the vCPUs' time", domain: [0, 100], clamp: true, ticks: width / 90 }, y: { axis: null },
		color: { legend: true, domain: places.map(([name]) => name), range: places.map(([, , one]) => color(one)) },
		marks: [Plot.barX(parts, { x: "value", fill: "name", tip: true, title: part => `${part.name}: ${share(part.value)}` })],
	}), `Where the time goes: ${parts.map(({ name, value }) => `${name} ${share(value)}`).join(", ")}`];
}

const reasonColumns = [["toll", row => share(row.toll_percent)], ["exits/s", row => count(row.exits_per_second)], ["in KVM", row => time(row.kvm_ns)],
	["in the VMM", row => time(row.vmm_ns)], ["halted", row => time(row.halt_ns)], ["mean", row => time(row.mean_ns)],
	["p99", row => row.p99_ns === undefined ? "" : `<${time(row.p99_ns)}`], ["longest", row => time(row.longest_ns)]];

function reasonRows(vm) {
	const cost = row => (row.kvm_ns ?? 0) + (row.vmm_ns ?? 0);
	return vm.reasons.filter(row => row.exits > 0).sort((a, b) => cost(b) - cost(a) || b.exits - a.exits)
		.map(row => element("tr", {}, element("th", { scope: "row" }, row.nested ? `L2 ${row.name}` : row.name),
			...reasonColumns.map(([, cell]) => element("td", {}, cell(row)))));
}

function residualText(vm) {
	if (vm.residual_ns === undefined)
		return "The time in the guest was not measured; it is the remaining time.";
	return `Residual (time in none of these places): ${share(100 * vm.residual_ns / vm.wall_ns)}.`;
}

function showVm() {
	const vm = state.data.vm;
	byId("chosen").hidden = !vm;
	const gone = state.pid && !vm;
	setText(byId("hint"), gone ? `There is no VM with the process ${state.pid} any more.` : state.pid ? "" : "Select a VM to see its reasons and where its time goes.");
	if (!vm)
		return;
	setText(byId("chosen-title"), text(vm));
	byId("figures").replaceChildren(keyFigure(share(vm.toll_percent), "toll"), keyFigure(count(vm.exits_per_second), "exits per second"),
		keyFigure(time(vm.longest_ns), "longest exit"), keyFigure(count(vm.vcpus), "vCPUs"));
	draw("books", drawBooks);
	setText(byId("residual"), residualText(vm));
	byId("reasons").querySelector("tbody").replaceChildren(...reasonRows(vm));
}

function showSums() {
	const { all, lost } = state.data;
	const seconds = state.data.interval_ns / 1e9;
	const toll = all.wall_ns ? 100 * (all.kvm_ns + all.vmm_ns) / all.wall_ns : undefined;
	byId("keys").replaceChildren(keyFigure(share(toll), "toll of all VMs"), keyFigure(seconds ? count(all.exits / seconds) : "-", "exits per second"),
		keyFigure(count(all.vms), "VMs"), keyFigure(count(all.vcpus), "vCPUs"), keyFigure(count(lost ?? 0), "lost exits"));
	const about = [state.data.source, state.data.isa.toUpperCase(), `the last ${seconds.toFixed(1)} s, until ${clock(state.data.clock_ns / 1e6)}`];
	if (state.data.emulated)
		about.push("the host is emulated: exits are real, times are the emulator's");
	if (state.data.tsc_unreliable)
		about.push("the TSC of the host is unreliable, so times may be wrong");
	setText(byId("about"), about.join(" · "));
}

function show() {
	showSums();
	showVms();
	draw("tolls", drawTolls);
	showVm();
	showState();
}

function receive(event) {
	state.connected = true;
	state.failure = "";
	state.arrived = Date.now();
	if (!state.paused) {
		state.data = JSON.parse(event.data);
		remember();
		show();
	}
	showState();
}

// Connect to the server. If the connection is lost, the browser connects again by itself. If the
// server has refused the connection, the browser does not try again, so this function does.
function connect() {
	state.source?.close();
	const source = new EventSource(state.pid ? `api/v1/events?pid=${state.pid}` : "api/v1/events");
	state.source = source;
	source.onmessage = receive;
	source.onopen = () => { state.connected = true; showState(); };
	source.addEventListener("failure", event => {
		state.connected = true;
		state.failure = JSON.parse(event.data).error;
		showState();
	});
	source.onerror = () => {
		state.connected = false;
		showState();
		if (source.readyState === EventSource.CLOSED && source === state.source)
			setTimeout(() => source === state.source && connect(), RETRY_MS);
	};
}

// Select the VM of a process, or no VM if `pid` is 0.
function select(pid) {
	state.pid = state.pid === pid ? 0 : pid ?? 0;
	window.history.replaceState(null, "", state.pid ? `#pid=${state.pid}` : "#");
	if (state.data) {
		for (const row of rows.values())
			row.querySelector("button").setAttribute("aria-current", String(Boolean(state.pid) && row.dataset.pid === String(state.pid)));
		if (state.data.vm?.pid !== state.pid)
			byId("chosen").hidden = true;
		setText(byId("hint"), state.pid ? "Waiting for the figures of the VM." : "Select a VM to see its reasons and where its time goes.");
	}
	connect();
}

function pause() {
	state.paused = !state.paused;
	showState();
}

// Move the focus to the next or the previous VM.
function moveFocus(step) {
	const buttons = [...byId("vms").querySelectorAll("tbody button")];
	const at = buttons.indexOf(document.activeElement);
	if (at < 0)
		return false;
	buttons[Math.max(0, Math.min(at + step, buttons.length - 1))].focus();
	return true;
}

function press(event) {
	if (event.ctrlKey || event.altKey || event.metaKey)
		return;
	const steps = { ArrowDown: 1, ArrowUp: -1 };
	if (event.key === "p")
		pause();
	else if (event.key === "Escape" && state.pid)
		select(0);
	else if (event.key in steps && moveFocus(steps[event.key]))
		event.preventDefault();
}

function table(caption, heads, attributes) {
	return element("div", { class: "scroll long", tabindex: "0", role: "region", ...attributes }, element("table", {},
		element("caption", {}, element("span", {}, caption)),
		element("thead", {}, element("tr", {}, ...heads.map(title => element("th", { scope: "col" }, title)))), element("tbody")));
}

document.title = `vmtoll: ${location.hostname}`;
byId("report").replaceChildren(
	element("header", {}, element("h1", {}, "VM exits of this host"), element("p", { class: "soft", id: "about" }),
		element("p", { class: "live" }, element("button", { type: "button", id: "pause", "aria-keyshortcuts": "p" }, "Pause"), " ",
			element("span", { id: "state", role: "status" })),
		element("ul", { class: "keys", id: "keys" })),
	section("list", "VMs", table("The highest toll first: the time in KVM and in the VMM. Select a VM to see its reasons.",
		["VM", ...vmColumns.map(([title]) => title)], { id: "vms", "aria-label": "table of VMs" }), element("p", { class: "soft", id: "more" })),
	section("chart", "Toll over time", figure("tolls", "Time in KVM and in the VMM, as a share of the vCPUs' time, since the page was opened.")),
	element("p", { class: "soft", id: "hint" }, "Select a VM to see its reasons and where its time goes."),
	element("section", { "aria-labelledby": "chosen-title", id: "chosen", hidden: "" }, element("h2", { id: "chosen-title" }, "VM"),
		element("ul", { class: "keys", id: "figures" }), figure("books", "Where the time of the vCPUs goes."), element("p", { class: "soft", id: "residual" }),
		table("Reasons in the last interval, the highest toll first.", ["reason", ...reasonColumns.map(([title]) => title)],
			{ id: "reasons", "aria-label": "table of reasons" })));
byId("pause").addEventListener("click", pause);
addEventListener("keydown", press);
state.pid = Number(/^#pid=(\d+)$/.exec(location.hash)?.[1] ?? 0);
showState();
setInterval(showState, 1000);
connect();
