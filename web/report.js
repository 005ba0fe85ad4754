// SPDX-License-Identifier: GPL-2.0
// The page of `vmtoll compare --html`. A section is shown only if the data contain its
// figures.
import { drawChanges, drawClasses, drawHistogram, drawRuns, drawTimes } from "./charts.js";
import { count, data, fullNames, measures, names, ratioText, sideKeys } from "./data.js";
import { asPicture, choice, element, figure, keyFigure, section } from "./element.js";
import { drawDurations, drawTable, runList } from "./table.js";

// The ids of the elements that contain the charts. If the source does not report times, charts
// of times are left out.
const hasTimes = data.comparison.phases[0].total.kvm_tsc.b.median > 0 && data.tsc_khz > 0;
const charts = [["changes", drawChanges], ...hasTimes ? [["times", drawTimes], ["classes", drawClasses]] : [], ["runs", drawRuns],
	["histogram", drawHistogram]];

document.title = "vmtoll compare";

const chosen = id => document.getElementById(id)?.value;

function selection() {
	const reason = chosen("reason");
	return { phase: Number(chosen("phase")), measure: chosen("measure"), reason: reason === "all" ? undefined : reason };
}

function draw() {
	const at = selection();
	for (const [id, make] of charts) {
		const place = document.getElementById(id);
		place.replaceChildren(asPicture(make({ ...at, width: Math.max(280, Math.min(place.clientWidth, 1080)) })));
	}
	document.getElementById("table").replaceChildren(drawTable(at));
	document.getElementById("durations")?.replaceChildren(drawDurations(at));
}

function keyFigures() {
	const total = data.comparison.phases[0].total.exits;
	const rate = data.comparison.exits_per_second;
	return element("ul", { class: "keys" }, keyFigure(count(total.a.median), `exits per run, ${names[0]}`),
		keyFigure(count(total.b.median), `exits per run, ${names[1]}`), keyFigure(ratioText(total), "ratio of the medians"),
		...(rate ? names.map((name, i) => keyFigure(count(rate[sideKeys[i]]), `exits per second, ${name}`)) : []),
		keyFigure(`${data.comparison.good_a} + ${data.comparison.good_b}`, "valid runs"));
}

function head() {
	const titles = names.map((name, i) => name === fullNames[i] ? name : `${name}: ${fullNames[i]}`);
	const unreliable = data.tsc_unreliable ? ["The TSC of the host is unreliable, so times may be wrong."] : [];
	const emulated = data.emulated ? ["The host is emulated: exits are real, times are the emulator's."] : [];
	const settings = data.sides.filter(side => side.settings && side.settings !== side.name)
		.map(side => `${side.name}: ${side.settings}`).join(" · ");
	const about = [data.machine, data.isa.toUpperCase(), data.kernel, new Date(data.clock_ns / 1e6).toISOString().slice(0, 10)];
	return element("header", {},
		element("h1", {}, element("span", { class: "a" }, titles[0]), " against ", element("span", { class: "b" }, titles[1])),
		element("p", { class: "soft" }, about.filter(Boolean).join(" · ")),
		...[settings, data.command].filter(Boolean).map(text => element("p", { class: "soft" }, text)),
		keyFigures(),
		...data.warnings.map(text => element("p", { class: "warning" }, element("strong", {}, "Warning: "), text)),
		element("ul", { class: "story" }, ...[...data.comparison.story.split("\n"), ...emulated, ...unreliable].map(line => element("li", {}, line))));
}

function times() {
	return section("times", "Where the time of the exits went", figure("times", "Time by place; medians of the valid runs."),
		figure("classes", "Time in KVM by class of reasons; medians of the valid runs."));
}

// The table of durations. It is left out if the runs have no histograms and no longest exits.
function durations() {
	const { a, b } = data.comparison.phases[0].total.duration_tsc;
	if ([a, b].every(of => of.p50 === undefined && of.longest === undefined))
		return [];
	return [element("div", { id: "durations", class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of durations" })];
}

const tested = data.comparison.phases[0].total.exits.p_adjusted !== undefined;
const phases = data.comparison.phases.map((phase, i) => [i, phase.name]);
const reasons = [["all", "all"], ...data.comparison.phases[0].reasons.map(row => [row.name, row.name])];
// The measures that are available for all rows. If the TSC frequency is unknown, times are left
// out.
const known = Object.keys(measures).filter(key => data.comparison.phases[0].reasons.every(row => row[key]) && (key === "exits" || hasTimes));
const measureOptions = known.map(key => [key, measures[key].title]);
document.title = `${fullNames[0]} against ${fullNames[1]} - vmtoll`;
document.getElementById("report").replaceChildren(head(),
	element("div", { class: "choices", role: "group", "aria-label": "Selection" }, choice("phase", "Phase", phases), choice("measure", "Show", measureOptions)),
	section("changes", "What changed", figure("changes", "The reasons that changed the most." +
		(tested ? " The lines are bootstrap intervals of the difference. The change of a pale bar may be chance." : ""))),
	...hasTimes ? [times()] : [],
	section("runs", "Each run", figure("runs", "One dot per run. The dots show how much the runs of a side differ, and how far the sides are apart.")),
	section("histogram", "How long an exit took", element("p", { class: "choices" }, choice("reason", "Reason", reasons)),
		figure("histogram", "Whole run; mean of the valid runs."), ...durations()),
	element("section", { "aria-label": "All figures" }, element("h2", {}, "All figures"),
		element("div", { id: "table", class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of all figures" })),
	runList());
draw();
for (const id of ["phase", "measure", "reason"])
	document.getElementById(id).addEventListener("change", draw);
addEventListener("resize", draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
