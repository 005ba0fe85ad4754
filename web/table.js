// SPDX-License-Identifier: GPL-2.0
// The table of all figures, and the list of the runs.
import { count, data, duration, measures, names, ratioText, sideKeys, titles } from "./data.js";
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
