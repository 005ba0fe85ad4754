// SPDX-License-Identifier: GPL-2.0
// The table of all figures, and the list of the runs.
import { count, data, duration, measures, names, percentileError, ratioText, seconds, sideKeys, titles } from "./data.js";
import { element } from "./element.js";

function bound(value) {
	return value < 1000 ? value.toPrecision(3) : count(value);
}

function interval(figure) {
	return figure.ratio_low === undefined || !figure.b.median ? "" : `${bound(figure.ratio_low)}-${bound(figure.ratio_high)}`;
}

// Return the spread as text: half the range as a percentage of the median. Returns "" if the
// median is 0, because the spread is then undefined.
function spread(side) {
	return side.spread_percent === undefined ? "" : `${side.spread_percent.toPrecision(2)}%`;
}

function verdict(figure) {
	if (figure.p_adjusted === undefined)
		return "";
	return figure.moved ? "yes" : "no";
}

// The columns of the table: a title, and a function that formats a figure of the chosen measure.
function columns(measure) {
	const sides = names.map((name, i) => ({ name, key: sideKeys[i] }));
	return [
		...sides.map(({ name, key }) => [name, figure => measure.text(figure[key].median)]),
		[titles.ratio, ratioText],
		[titles.moved, verdict],
		...sides.map(({ name, key }) => [`${titles.spread_percent} ${name}`, figure => spread(figure[key])]),
		[titles.interval, interval],
		[titles.p_adjusted, figure => figure.p_adjusted === undefined ? "" : figure.p_adjusted.toPrecision(2)],
	];
}

function tableRow(row, key) {
	const cells = columns(measures[key]).map(([, text]) => text(row[key]));
	return element("tr", {}, element("th", { scope: "row" }, row.name),
		...[...cells, row.class ?? ""].map(cell => element("td", {}, cell)));
}

// Create the table of a phase. The total and the classes come first, followed by all reasons.
export function drawTable({ phase: index, measure: key }) {
	const phase = data.comparison.phases[index];
	const heads = ["reason", ...columns(measures[key]).map(([title]) => title), "class"];
	const classes = phase.classes.map(row => ({ ...row, name: `all of: ${row.class}`, class: "" }));
	return element("table", {},
		element("caption", {}, element("span", {},
			`${measures[key].title} of phase "${phase.name}": medians of the valid runs. +- is half the range; ` +
			"the interval is that of the ratio; p is corrected for the number of rows.")),
		element("thead", {}, element("tr", {}, ...heads.map(title => element("th", { scope: "col" }, title)))),
		element("tbody", { class: "sums" }, ...[phase.total, ...classes].map(row => tableRow(row, key))),
		element("tbody", {}, ...phase.reasons.map(row => tableRow(row, key))));
}

// The columns of the table of durations, in their order.
const percentiles = ["p50", "p90", "p99", "p999"];

// Return a duration of an exit as text. If the TSC frequency is unknown, return it in cycles.
function durationText(tsc) {
	if (tsc === undefined)
		return "";
	return data.tsc_khz ? duration(seconds(tsc)) : count(tsc);
}

const atMost = tsc => tsc === undefined ? "" : `<${durationText(tsc)}`;

// Return the rows of the table of durations for a row of the comparison. Each side that has exits
// has one row.
function durationRows(row, name) {
	return sideKeys.flatMap((key, i) => {
		const of = row.duration_tsc[key];
		if (of.mean === undefined && of.p50 === undefined)
			return [];
		const cells = [names[i], durationText(of.mean), ...percentiles.map(figure => atMost(of[figure])),
			of.longest_at_most ? atMost(of.longest) : durationText(of.longest)];
		return [element("tr", {}, element("th", { scope: "row" }, name), ...cells.map(cell => element("td", {}, cell)))];
	});
}

// Create the table of the durations of exits in a phase. It has the same rows as the table of all
// figures, but one row per side.
export function drawDurations({ phase: index }) {
	const phase = data.comparison.phases[index];
	const heads = ["reason", "side", ...["mean", ...percentiles, "longest"].map(key => titles[key])];
	return element("table", {},
		element("caption", {}, element("span", {}, `${titles.duration_tsc}${data.tsc_khz ? "" : ", in cycles,"} in phase "${phase.name}": ` +
			`all exits of the valid runs. ${percentileError(data.tsc_khz)}`)),
		element("thead", {}, element("tr", {}, ...heads.map(title => element("th", { scope: "col" }, title)))),
		element("tbody", { class: "sums" }, ...durationRows(phase.total, "total"),
			...phase.classes.flatMap(row => durationRows(row, `all of: ${row.class}`))),
		element("tbody", {}, ...phase.reasons.flatMap(row => durationRows(row, row.name))));
}

function runText(run) {
	const took = run.wall_ns ? `${count(run.phases[0]?.exits ?? 0)} exits in ${duration(run.wall_ns / 1e9)}; ` : "";
	if (run.end !== "good")
		return `${run.end}, not in the figures: ${run.why}`;
	return took + run.proof + (run.audit ? `; audit ${run.audit.balanced ? "balanced" : "NOT balanced"} (KVM ${count(run.audit.kvm_exits)})` : "") +
		(run.odd ? "; far from the other runs of its side: its guest may have crashed" : "") + (run.follows ? `; also changed: ${run.follows}` : "");
}

export function runList() {
	const lines = data.runs.map(run => element("li", { class: run.end === "good" && !run.odd ? "good" : "bad" },
		element("strong", {}, `${names[run.side]}: `), runText(run)));
	return element("section", {}, element("h2", {}, "The runs in order"), element("ol", { class: "soft runs" }, ...lines));
}
