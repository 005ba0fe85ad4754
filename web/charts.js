// SPDX-License-Identifier: GPL-2.0
// The charts. Each function takes the selection ({ width, phase, measure, reason }). It
// returns an element and a text that describes the element to screen readers.
import * as Plot from "@observablehq/plot";
import { compact, count, data, duration, histogram, measures, names, runsOf, seconds, sideKeys, sumOf, titles, validRuns } from "./data.js";

const MOST_BARS = 12;
const MOST_DOTTED = 10;
const ROW_HEIGHT = 26;

function color(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const sideColors = () => ({ domain: names, range: [color("a"), color("b")] });

const CHARACTER_WIDTH = 7;

// Make the left margin wide enough for the longest name, but at most a third of the width.
function frame(width, rows, marginRight = 20) {
	const longest = Math.max(...rows.map(name => name.length));
	return { width, marginLeft: Math.min(longest * CHARACTER_WIDTH + 14, width / 3), marginRight, marginBottom: 46,
		style: { fontSize: "12px" } };
}

// Create the axis below a frame, with as many ticks as fit.
function axis({ width, marginLeft, marginRight }, label, { tick, insetLeft = 0, insetRight = 0 } = {}) {
	return { label, labelOffset: 42, grid: true, tickFormat: tick, insetLeft, insetRight,
		ticks: (width - marginLeft - marginRight - insetLeft - insetRight) / 75 };
}

const signed = (measure, value) => `${value > 0 ? "+" : "-"}${measure.text(Math.abs(value))}`;

// Create a paragraph that replaces an empty chart.
function nothing(text) {
	return [Object.assign(document.createElement("p"), { className: "soft", textContent: text }), ""];
}

// Return the rows that changed the most.
function changedRows(phase, key) {
	return data.comparison.phases[phase].reasons
		.map(row => ({ name: row.name, figure: row[key], change: row[key].b.median - row[key].a.median }))
		.filter(row => row.change)
		.sort((x, y) => Math.abs(y.change) - Math.abs(x.change)).slice(0, MOST_BARS)
		.sort((x, y) => y.change - x.change);
}

export function drawChanges({ width, phase, measure: key }) {
	const measure = measures[key];
	const rows = changedRows(phase, key).map(({ name, figure, change }) => ({
		name, change: measure.axis(change), label: signed(measure, change), up: change > 0,
		low: measure.axis(figure.change_low ?? change), high: measure.axis(figure.change_high ?? change),
		chance: figure.p_adjusted !== undefined && !figure.moved,
		title: `${name}: ${measure.text(figure.a.median)} with ${names[0]}, ${measure.text(figure.b.median)} with ${names[1]}`,
	}));
	if (!rows.length)
		return nothing(`Both sides have the same ${measure.title} for every reason.`);
	const end = row => row.up ? Math.max(row.change, row.high) : Math.min(row.change, row.low);
	const ends = up => Plot.text(rows.filter(row => row.up === up), { x: end, y: "name", text: "label", fill: "currentColor",
		textAnchor: up ? "start" : "end", dx: up ? 6 : -6 });
	const around = frame(width, rows.map(row => row.name));
	const insets = { insetLeft: rows.some(row => !row.up) ? 64 : 4, insetRight: 64 };
	return [Plot.plot({
		...around, height: ROW_HEIGHT * rows.length + 70,
		x: axis(around, `difference in ${measure.unit}: ${names[1]} minus ${names[0]}`, { tick: measure.tick, ...insets }),
		y: { label: null, domain: rows.map(row => row.name) },
		marks: [
			Plot.barX(rows, { x: "change", y: "name", rx: 2, fill: row => color(row.up ? "b" : "a"), fillOpacity: row => row.chance ? .35 : 1,
				title: "title", tip: true }),
			Plot.ruleY(rows, { y: "name", x1: "low", x2: "high", stroke: "currentColor", strokeWidth: 1.5 }),
			Plot.ruleX([0], { stroke: "currentColor" }),
			ends(true), ends(false),
		],
	}), `Change of ${measure.title} by reason, ${names[1]} against ${names[0]}: ${
		rows.map(row => `${row.name} ${row.label}${row.chance ? " (may be chance)" : ""}`).join(", ")}`];
}

const placeColors = { kvm_tsc: "kvm", vmm_tsc: "vmm", halt_tsc: "halt", ready_tsc: "ready" };
const places = Object.keys(placeColors).filter(key => key !== "ready_tsc" || data.comparison.phases[0].total[key])
	.map(key => [titles[key].replace("time ", ""), key]);

export function drawTimes({ width, phase }) {
	const rows = names.flatMap((side, i) => places.map(([place, key]) => ({ side, place,
		time: seconds(data.comparison.phases[phase].total[key]?.[sideKeys[i]].median ?? 0) })));
	const around = frame(width, names);
	return [Plot.plot({
		...around, height: 140, marginTop: 8, x: axis(around, "seconds"), y: { label: null, domain: names },
		color: { domain: places.map(([place]) => place), range: places.map(([, key]) => color(placeColors[key])), legend: true },
		marks: [Plot.barX(rows, { x: "time", y: "side", fill: "place", title: row => `${row.side}, ${row.place}: ${duration(row.time)}`,
			tip: true })],
	}), `Time of all exits by place: ${rows.map(row => `${row.side} ${row.place} ${duration(row.time)}`).join(", ")}`];
}

// Draw the time in KVM by class of reasons, one bar per side.
export function drawClasses({ width, phase }) {
	const rows = data.comparison.phases[phase].classes.flatMap(row => names.map((side, i) => (
		{ class: row.class, side, time: seconds(row.kvm_tsc[sideKeys[i]].median) })));
	const classes = [...new Set(rows.filter(row => row.time).map(row => row.class))];
	const shown = rows.filter(row => classes.includes(row.class));
	const around = frame(width, classes, 60);
	return [Plot.plot({
		...around, height: 44 * classes.length + 60, marginTop: 8, x: axis(around, "seconds in KVM", { insetRight: 10 }), y: { axis: null, domain: names },
		fy: { label: null, domain: classes, axis: "left", padding: .25 }, color: { ...sideColors(), legend: true },
		marks: [
			Plot.barX(shown, { x: "time", y: "side", fy: "class", fill: "side", rx: 2, tip: true,
				title: row => `${row.class}, ${row.side}: ${duration(row.time)}` }),
			Plot.text(shown, { x: "time", y: "side", fy: "class", text: row => duration(row.time), textAnchor: "start", dx: 6,
				fill: "currentColor" }),
		],
	}), `Time in KVM by class of reasons: ${shown.map(row => `${row.class} ${row.side} ${duration(row.time)}`).join(", ")}`];
}

// Draw each run as a dot. The rows have separate scales, so that rows with small figures are
// readable.
export function drawRuns({ width, phase, measure: key }) {
	const measure = measures[key];
	const biggest = [...data.comparison.phases[phase].reasons]
		.sort((x, y) => Math.max(y[key].a.median, y[key].b.median) - Math.max(x[key].a.median, x[key].b.median))
		.slice(0, MOST_DOTTED).map(row => row.name);
	const rows = [undefined, ...biggest].flatMap(name => {
		const values = validRuns.map(run => ({ run, value: sumOf(run, phase, key, name) }));
		const most = Math.max(...values.map(({ value }) => value));
		return values.map(({ run, value }) => ({ name: name ?? "all exits", side: names[run.side], part: most ? 100 * value / most : 0,
			most, title: `${name ?? "all exits"}, run ${run.number} (${names[run.side]}): ${measure.text(value)}` }));
	});
	const order = ["all exits", ...biggest];
	const dots = side => Plot.dot(rows.filter(row => row.side === names[side]), { x: "part", y: "name", fill: "side", r: 5,
		fillOpacity: .75, stroke: color("paper"), dy: side ? 5 : -5, title: "title", tip: true });
	const around = frame(width, order, 74);
	return [Plot.plot({
		...around, height: ROW_HEIGHT * order.length + 76, marginTop: 26,
		x: { ...axis(around, "% of the largest run of the row"), domain: [0, 100] },
		y: { label: null, domain: order, type: "band", grid: false }, color: { ...sideColors(), legend: true },
		marks: [
			Plot.ruleY(order, { stroke: "currentColor", strokeOpacity: .15 }), dots(0), dots(1),
			Plot.text(order, { y: order, frameAnchor: "right", dx: 10, textAnchor: "start", fill: "currentColor",
				text: name => measure.text(rows.find(row => row.name === name).most) }),
			Plot.text(["largest"], { frameAnchor: "top-right", dx: 10, dy: -18, textAnchor: "start", fill: "currentColor", fillOpacity: .7 }),
		],
	}), `${measure.title} of each run: ${names.map((name, side) =>
		`${name} ${runsOf(side).map(run => measure.text(sumOf(run, phase, key))).join(", ")}`).join("; ")}`];
}

// Return all powers of two between the lowest and the highest bucket in @rows.
function bucketsOf(rows) {
	const buckets = rows.map(row => row.bucket), last = Math.max(...buckets);
	const domain = [];
	for (let bucket = Math.min(...buckets); bucket <= last; bucket *= 2)
		domain.push(bucket);
	return domain;
}

// Draw the histograms of both sides. If the page is wide enough, place them side by side.
// Otherwise place them one above the other.
export function drawHistogram({ width, reason }) {
	const rows = names.flatMap((_, side) => histogram(side, reason)).filter(row => row.exits > 0);
	if (!rows.length)
		return nothing("These runs have no histogram of this reason.");
	const wide = width >= 640;
	const domain = bucketsOf(rows);
	const every = Math.ceil(domain.length / ((wide ? width / 2 - 60 : width - 60) / 75));
	const label = cycles => data.tsc_khz ? duration(seconds(cycles)) : `2^${Math.log2(cycles)}`;
	return [Plot.plot({
		width, height: wide ? 260 : 340, marginLeft: 50, marginRight: wide ? 12 : 55, marginBottom: 46, style: { fontSize: "12px" },
		x: { labelOffset: 42, label: data.tsc_khz ? "an exit took up to" : "an exit took up to, in cycles", domain, tickFormat: label,
			ticks: domain.filter((_, i) => i % every === 0) },
		y: { label: "exits per run", grid: true, tickFormat: compact }, [wide ? "fx" : "fy"]: { label: null, domain: names, padding: .08 },
		color: sideColors(),
		marks: [
			Plot.barY(rows, { x: "bucket", y: "exits", [wide ? "fx" : "fy"]: "side", fill: "side", tip: true,
				title: row => `${row.side}: ${count(row.exits)} exits of up to ${label(row.bucket)}` }),
			Plot.ruleY([0], { stroke: "currentColor", strokeOpacity: .4 }),
		],
	}), `Histogram of the time of an exit${reason ? ` of ${reason}` : ""}: ${names.map(name => {
		const own = rows.filter(row => row.side === name);
		const at = own.reduce((most, row) => row.exits > (most?.exits ?? 0) ? row : most, undefined);
		return at ? `${name} mostly up to ${label(at.bucket)}` : `${name} none`;
	}).join(", ")}`];
}

