// SPDX-License-Identifier: GPL-2.0
// What the page has beside charts: elements, the table of all figures, the list of the runs.
import { count, data, duration, measures, names, ratioText } from "./data.js";

// All text goes in as text, never as markup.
export function element(tag, attributes = {}, ...children) {
	const made = document.createElement(tag);
	for (const [key, value] of Object.entries(attributes))
		made.setAttribute(key, value);
	made.append(...children);
	return made;
}

function bound(value) {
	return value < 1000 ? value.toPrecision(3) : count(value);
}

function interval(figure) {
	return figure.ratio_low === undefined || !figure.b.median ? "" : `${bound(figure.ratio_low)}-${bound(figure.ratio_high)}`;
}

// Half the range as a part of the median.
function spread(side) {
	return side.median ? `${(50 * (side.most - side.least) / side.median).toPrecision(2)}%` : "";
}

function tableRow(row, key) {
	const figure = row[key];
	const tested = figure.p_adjusted !== undefined;
	const cells = [measures[key].text(figure.a.median), measures[key].text(figure.b.median), ratioText(figure),
		figure.moved ? "yes" : tested ? "no" : "", spread(figure.a), spread(figure.b), interval(figure),
		tested ? figure.p_adjusted.toPrecision(2) : "", row.class ?? ""];
	return element("tr", {}, element("th", { scope: "row" }, row.name), ...cells.map(cell => element("td", {}, cell)));
}

// The total and the classes, then all reasons.
export function drawTable({ phase: index, measure: key }) {
	const phase = data.comparison.phases[index];
	const heads = ["reason", ...names, "ratio", "moved", ...names.map(name => `+- ${name}`), "interval", "p", "class"];
	const classes = phase.classes.map(row => ({ ...row, name: `all of: ${row.class}`, class: "" }));
	return element("table", {},
		element("caption", {}, element("span", {},
			`${measures[key].title} of phase "${phase.name}": medians of the good runs; +- is half the range, the interval is the ratio's, p is corrected for the number of rows`)),
		element("thead", {}, element("tr", {}, ...heads.map(title => element("th", { scope: "col" }, title)))),
		element("tbody", { class: "sums" }, ...[phase.total, ...classes].map(row => tableRow(row, key))),
		element("tbody", {}, ...phase.reasons.map(row => tableRow(row, key))));
}

function runText(run) {
	const took = run.wall_ns ? `${count(run.phases[0]?.exits ?? 0)} exits in ${duration(run.wall_ns / 1e9)}; ` : "";
	if (run.end !== "good")
		return `${run.end}, kept out of the figures: ${run.why}`;
	return took + run.proof + (run.audit ? `; audit ${run.audit.balanced ? "balanced" : "NOT balanced"} (KVM ${count(run.audit.kvm_exits)})` : "") +
		(run.odd ? "; far from the other runs of its side: did its guest crash?" : "") + (run.follows ? `; changed with it: ${run.follows}` : "");
}

export function runList() {
	const lines = data.runs.map(run => element("li", { class: run.end === "good" && !run.odd ? "good" : "bad" },
		element("strong", {}, `${names[run.side]}: `), runText(run)));
	return element("section", {}, element("h2", {}, "The runs, in their order"), element("ol", { class: "soft runs" }, ...lines));
}
