// SPDX-License-Identifier: GPL-2.0
// The comparison (schema vmtoll.compare/2) that the page contains, and functions that format its
// figures.

import { compact, count, duration, percentileError } from "./format.js";

export { compact, count, duration, percentileError };

export const data = JSON.parse(document.getElementById("data").textContent);

// If the name of a side is longer than this, charts and tables call the sides A and B.
const LONGEST_NAME = 12;
export const fullNames = data.sides.map(side => side.name);
export const names = fullNames.some(name => name.length > LONGEST_NAME) ? ["A", "B"] : fullNames;

export const validRuns = data.runs.map((run, i) => ({ ...run, number: i + 1 })).filter(run => run.end === "good");

export const runsOf = side => validRuns.filter(run => run.side === side);

// A measure has one figure per side. These are the keys of the two figures.
export const sideKeys = ["a", "b"];

// The titles of measures and figures, by their keys.
export const { titles } = data.comparison;

export function seconds(tsc) {
	return data.tsc_khz ? tsc / data.tsc_khz / 1000 : 0;
}

export function ratioText(figure) {
	const a = figure.a.median, b = figure.b.median;
	if (!a || !b) return a ? "gone" : b ? "new" : "";
	return `${figure.ratio.toFixed(figure.ratio < 10 ? 2 : figure.ratio < 100 ? 1 : 0)}x`;
}

// The measures of a row: exits, and the times in KVM, in the VMM, and halted. `axis` converts a
// figure to the unit of an axis, and `text` formats a figure.
const time = key => ({ title: titles[key], unit: titles[key].replace("time", "seconds"), axis: seconds,
	text: value => duration(seconds(value)), tick: value => String(Number(value.toPrecision(3))) });
export const measures = {
	exits: { title: titles.exits, unit: titles.exits, axis: value => value, text: count, tick: compact },
	kvm_tsc: time("kvm_tsc"),
	vmm_tsc: time("vmm_tsc"),
	halt_tsc: time("halt_tsc"),
};

// Return the name of a row of one run. The name marks exits of nested guests with "L2", as the
// names in the comparison do.
const labelOf = row => row.nested ? `L2 ${row.name}` : row.name;

// Return a measure in one phase of one run, either for the reason with this name or summed over
// all reasons.
export function sumOf(run, phase, key, name) {
	return run.phases[phase].reasons.filter(row => name === undefined || labelOf(row) === name)
		.reduce((sum, row) => sum + (row[key] ?? 0), 0);
}

// Return the mean histogram of a side's valid runs. The buckets are defined in uapi/vmtoll.h:
// the first bucket is below 2^8 cycles, the others are powers of two, and the last bucket has
// no upper bound.
export function histogram(side, name) {
	const sum = new Array(26).fill(0);
	for (const run of runsOf(side))
		for (const row of run.phases[0].reasons)
			if (row.hist && (name === undefined || labelOf(row) === name))
				row.hist.forEach((n, bucket) => { sum[bucket] += n; });
	return sum.map((n, bucket) => ({ side: names[side], bucket: 2 ** (bucket + 8), exits: n / runsOf(side).length }));
}
