// SPDX-License-Identifier: GPL-2.0
// The page of `vmtoll compare --html`: reads the comparison (schema vmtoll.compare/2) that stands in the
// page, and draws it. All text goes in as text, never as markup.
import * as Plot from "@observablehq/plot";

const data = JSON.parse(document.getElementById("data").textContent);
// Long names stand in the heading once; charts and tables have A and B for them.
const LONGEST_NAME = 12;
const fullNames = data.sides.map(side => side.name);
const names = fullNames.some(name => name.length > LONGEST_NAME) ? ["A", "B"] : fullNames;
const count = new Intl.NumberFormat("en").format;
const MOST_BARS = 12;

function element(tag, attributes = {}, ...children) {
	const made = document.createElement(tag);
	for (const [key, value] of Object.entries(attributes))
		made.setAttribute(key, value);
	made.append(...children);
	return made;
}

function color(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const half = sorted.length >> 1;
	return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

function seconds(tsc) {
	return data.tsc_khz ? tsc / data.tsc_khz / 1000 : 0;
}

function duration(s) {
	if (s === 0) return "0";
	if (s >= 1) return `${s.toPrecision(3)} s`;
	return s >= 1e-3 ? `${(s * 1e3).toPrecision(3)} ms` : `${(s * 1e6).toPrecision(3)} us`;
}

function ratioText(figure) {
	const a = figure.a.median, b = figure.b.median;
	if (!a || !b) return a ? "gone" : b ? "new" : "";
	return `${figure.ratio.toFixed(figure.ratio < 10 ? 2 : 0)}x`;
}

const goodRuns = data.runs.map((run, i) => ({ ...run, number: i + 1 })).filter(run => run.end === "good");

// The median over a side's good runs of a sum over one phase's reasons.
function medianSum(side, phase, key) {
	return median(goodRuns.filter(run => run.side === side).map(run =>
		run.phases[phase].reasons.reduce((sum, row) => sum + (row[key] ?? 0), 0)));
}

const phaseIndex = () => Number(document.getElementById("phase").value);

function drawChanges(width) {
	const rows = data.comparison.phases[phaseIndex()].reasons
		.map(row => ({ name: row.name, change: row.exits.b.median - row.exits.a.median,
			a: row.exits.a.median, b: row.exits.b.median }))
		.filter(row => row.change)
		.sort((x, y) => Math.abs(y.change) - Math.abs(x.change)).slice(0, MOST_BARS)
		.sort((x, y) => y.change - x.change);
	return Plot.plot({
		width, marginLeft: Math.min(150, width / 3), marginRight: 40, style: { fontSize: "12px" }, marginBottom: 50, ariaLabel: "Change of exits by reason",
		x: { labelOffset: 44, label: `exits more (right) or fewer (left) with ${names[1]}`, grid: true, tickFormat: "~s", ticks: width / 90 },
		y: { label: null, domain: rows.map(row => row.name) },
		marks: [
			Plot.barX(rows, { x: "change", y: "name", fill: row => color(row.change > 0 ? "b" : "a"), rx: 2,
				title: row => `${row.name}: ${count(row.a)} with ${names[0]}, ${count(row.b)} with ${names[1]}`, tip: true }),
			Plot.ruleX([0], { stroke: "currentColor" }),
		],
	});
}

function drawTimes(width) {
	const places = [["in KVM", "kvm_tsc"], ["in the VMM", "vmm_tsc"], ["halted", "halt_tsc"]];
	const rows = names.flatMap((side, i) => places.map(([place, key]) =>
		({ side, place, time: seconds(medianSum(i, phaseIndex(), key)) })));
	return Plot.plot({
		width, height: 170, marginLeft: Math.min(150, width / 3), style: { fontSize: "12px" }, marginBottom: 50, ariaLabel: "Time of all exits by place",
		x: { labelOffset: 44, label: "seconds", grid: true, ticks: width / 90 }, y: { label: null, domain: names },
		color: { domain: places.map(([place]) => place), range: [color("kvm"), color("vmm"), color("halt")], legend: true },
		marks: [Plot.barX(rows, { x: "time", y: "side", fill: "place", title: row => `${row.side}, ${row.place}: ${duration(row.time)}`, tip: true })],
	});
}

function drawRuns(width) {
	const rows = goodRuns.map(run => ({ side: names[run.side], number: run.number,
		exits: run.phases[phaseIndex()].exits }));
	return Plot.plot({
		width, height: 170, marginLeft: Math.min(150, width / 3), style: { fontSize: "12px" }, marginBottom: 50, ariaLabel: "Exits of each run",
		x: { labelOffset: 44, label: "exits of a run", grid: true, zero: true, tickFormat: "~s", ticks: width / 90 },
		y: { label: null, domain: names }, color: { domain: names, range: [color("a"), color("b")] },
		marks: [Plot.dot(rows, { x: "exits", y: "side", fill: "side", r: 6, fillOpacity: .75, stroke: color("paper"),
			title: row => `run ${row.number}: ${count(row.exits)} exits`, tip: true })],
	});
}

// Buckets as in uapi/vmtoll.h: below 2^8 cycles, then powers of two; the last is open.
function drawHistogram(width) {
	const code = document.getElementById("reason").value;
	const rows = names.flatMap((side, i) => {
		const sum = new Array(26).fill(0);
		for (const run of goodRuns.filter(good => good.side === i))
			for (const row of run.phases[0].reasons)
				if (row.hist && (code === "all" || row.name === code))
					row.hist.forEach((n, bucket) => { sum[bucket] += n; });
		const runs = goodRuns.filter(good => good.side === i).length;
		return sum.map((n, bucket) => ({ side, bucket: 2 ** (bucket + 8), exits: n / runs }));
	}).filter(row => row.exits > 0);
	if (!rows.length)
		return element("p", { class: "soft" }, "These runs have no histogram of it.");
	const label = cycles => duration(seconds(cycles));
	const from = Math.min(...rows.map(row => row.bucket)), to = Math.max(...rows.map(row => row.bucket));
	const domain = []; for (let b = from; b <= to; b *= 2) domain.push(b);
	const every = Math.ceil(domain.length / (width / 75));
	return Plot.plot({
		width, height: 320, marginRight: 55, marginLeft: 55, style: { fontSize: "12px" }, marginBottom: 50, ariaLabel: "Histogram of the time of an exit",
		x: { labelOffset: 44, label: "an exit took up to", domain, tickFormat: label, ticks: domain.filter((_, i) => i % every === 0) },
		y: { label: "exits a run", grid: true, tickFormat: "~s" }, fy: { label: null, domain: names },
		color: { domain: names, range: [color("a"), color("b")] },
		marks: [Plot.barY(rows, { x: "bucket", y: "exits", fy: "side", fill: "side",
			title: row => `${row.side}: ${count(Math.round(row.exits))} exits of up to ${label(row.bucket)}`, tip: true })],
	});
}

function bound(value) {
	return value < 1000 ? value.toPrecision(3) : count(Math.round(value));
}

function tableRow(row) {
	const e = row.exits;
	const interval = e.ratio_low === undefined || !e.b.median ? "" : `${bound(e.ratio_low)}-${bound(e.ratio_high)}`;
	const cells = [row.class ?? "", count(e.a.median), count(e.b.median), ratioText(e), interval,
		e.p_adjusted === undefined ? "" : e.p_adjusted.toPrecision(2), e.moved ? "yes" : ""];
	return element("tr", {}, element("th", { scope: "row" }, row.name), ...cells.map(cell => element("td", {}, cell)));
}

// The total and the classes, then all reasons.
function drawTable() {
	const phase = data.comparison.phases[phaseIndex()];
	const heads = ["reason", "class", names[0], names[1], "ratio", "95% of it", "corrected p", "moved"];
	const classes = phase.classes.map(row => ({ ...row, name: `all of: ${row.class}`, class: "" }));
	return element("table", {}, element("caption", {}, `Exits of phase "${phase.name}": medians of the good runs`),
		element("thead", {}, element("tr", {}, ...heads.map(title => element("th", { scope: "col" }, title)))),
		element("tbody", { class: "sums" }, ...[phase.total, ...classes].map(tableRow)),
		element("tbody", {}, ...phase.reasons.map(tableRow)));
}

const charts = [["changes", drawChanges], ["times", drawTimes], ["runs", drawRuns], ["histogram", drawHistogram], ["table", drawTable]];

// A chart is one picture with a name; its figures are in the table. Plot names its groups, which have no
// role that a name could belong to.
function asPicture(chart) {
	for (const svg of chart.matches("svg") ? [chart] : chart.querySelectorAll("svg[aria-label]")) {
		svg.setAttribute("role", "img");
		for (const part of svg.querySelectorAll("[aria-label]"))
			part.removeAttribute("aria-label");
	}
	return chart;
}

function draw() {
	for (const [id, make] of charts) {
		const place = document.getElementById(id);
		place.replaceChildren(asPicture(make(Math.max(280, Math.min(place.clientWidth, 928)))));
	}
}

function section(id, title, text, ...controls) {
	return element("section", { "aria-labelledby": `${id}-title` }, element("h2", { id: `${id}-title` }, title),
		...controls, element("figure", {}, element("figcaption", { class: "soft" }, text), element("div", { id })));
}

function choice(id, text, options) {
	return element("p", {}, element("label", { for: id }, `${text} `),
		element("select", { id }, ...options.map(([value, shown]) => element("option", { value }, shown))));
}

// The medians of a side's exits and times; nothing if the runs were not timed.
function exitsPerSecond(side) {
	const wall = median(goodRuns.filter(run => run.side === side).map(run => run.wall_ns));
	const exits = data.comparison.phases[0].total.exits[side ? "b" : "a"].median;
	return wall ? count(Math.round(exits / wall * 1e9)) : "";
}

function keyFigure(value, text) {
	return element("li", {}, element("strong", {}, value), text);
}

function head() {
	const total = data.comparison.phases[0].total.exits;
	const titles = names.map((name, i) => name === fullNames[i] ? name : `${name}: ${fullNames[i]}`);
	const emulated = data.emulated ? " The host is emulated: exits are real, times are the emulator's." : "";
	return [
		element("h1", {}, element("span", { class: "a" }, titles[0]), " against ", element("span", { class: "b" }, titles[1])),
		element("p", { class: "soft" }, [data.machine, data.isa.toUpperCase(), data.kernel, data.command].filter(Boolean).join(" · ")),
		element("ul", { class: "keys" }, keyFigure(count(total.a.median), `exits a run, ${names[0]}`),
			keyFigure(count(total.b.median), `exits a run, ${names[1]}`), keyFigure(ratioText(total), "of the medians"),
			...names.map((name, i) => exitsPerSecond(i) ? keyFigure(exitsPerSecond(i), `exits a second, ${name}`) : ""),
			keyFigure(`${data.comparison.good_a} + ${data.comparison.good_b}`, "good runs")),
		element("p", {}, data.comparison.story + emulated),
	];
}

function runList() {
	const lines = data.runs.map(run => element("li", {}, element("strong", {}, `${names[run.side]}: `),
		run.end === "good" ? run.proof : `${run.end}, kept out of the figures: ${run.why}`,
		run.audit ? `; audit ${run.audit.balanced ? "balanced" : "NOT balanced"} (KVM ${count(run.audit.kvm_exits)})` : ""));
	return element("section", {}, element("h2", {}, "The runs, in their order"), element("ol", { class: "soft" }, ...lines));
}

const phases = data.comparison.phases.map((phase, i) => [i, phase.name]);
const reasons = [["all", "all"], ...data.comparison.phases[0].reasons.map(row => [row.name, row.name])];
document.title = `${fullNames[0]} against ${fullNames[1]} - vmtoll`;
document.getElementById("report").replaceChildren(...head(), choice("phase", "Phase", phases),
	section("changes", "What changed", "The reasons that changed the most."),
	section("times", "Where the time of the exits went", "Medians of the good runs."),
	section("runs", "Each run", "One dot a run: how far runs of one side differ among themselves."),
	section("histogram", "How long an exit took", "Of the whole run; mean of the good runs.", choice("reason", "Reason", reasons)),
	element("section", { "aria-label": "All figures" }, element("h2", {}, "All figures"),
		element("div", { id: "table", class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of all figures" })),
	runList());
draw();
for (const id of ["phase", "reason"])
	document.getElementById(id).addEventListener("change", draw);
addEventListener("resize", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
