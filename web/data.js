// SPDX-License-Identifier: GPL-2.0
// The comparison (schema vmtoll.compare/2) that stands in the page, and its figures in words.

export const data = JSON.parse(document.getElementById("data").textContent);

// Long names stand in the heading once; charts and tables have A and B for them.
const LONGEST_NAME = 12;
export const fullNames = data.sides.map(side => side.name);
export const names = fullNames.some(name => name.length > LONGEST_NAME) ? ["A", "B"] : fullNames;

export const goodRuns = data.runs.map((run, i) => ({ ...run, number: i + 1 })).filter(run => run.end === "good");

export const runsOf = side => goodRuns.filter(run => run.side === side);

const format = new Intl.NumberFormat("en").format;
export const count = value => format(Math.round(value));

// For axes: 0, 5K, 1.2M.
export const compact = new Intl.NumberFormat("en", { notation: "compact" }).format;

export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const half = sorted.length >> 1;
	return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

export function seconds(tsc) {
	return data.tsc_khz ? tsc / data.tsc_khz / 1000 : 0;
}

export function duration(s) {
	const size = Math.abs(s);
	if (size === 0) return "0";
	if (size >= 1) return `${s.toPrecision(3)} s`;
	return size >= 1e-3 ? `${(s * 1e3).toPrecision(3)} ms` : `${(s * 1e6).toPrecision(3)} us`;
}

export function ratioText(figure) {
	const a = figure.a.median, b = figure.b.median;
	if (!a || !b) return a ? "gone" : b ? "new" : "";
	return `${figure.ratio.toFixed(figure.ratio < 10 ? 2 : figure.ratio < 100 ? 1 : 0)}x`;
}

// What of a row is looked at: its exits, or a time by place. `axis` turns a figure into what an axis has, `text` into words.
const time = (title, unit) => ({ title, unit, axis: seconds, text: value => duration(seconds(value)),
	tick: value => String(Number(value.toPrecision(3))) });
export const measures = {
	exits: { title: "exits", unit: "exits", axis: value => value, text: count, tick: compact },
	kvm_tsc: time("time in KVM", "seconds in KVM"),
	vmm_tsc: time("time in the VMM", "seconds in the VMM"),
	halt_tsc: time("time halted", "seconds halted"),
};

// A row of a run has its name and flags apart, one of the comparison has them in its name.
const labelOf = row => row.nested ? `L2 ${row.name}` : row.name;

// A figure of the rows of one phase of one run: of the reason with that name, or of all.
export function sumOf(run, phase, key, name) {
	return run.phases[phase].reasons.filter(row => name === undefined || labelOf(row) === name)
		.reduce((sum, row) => sum + (row[key] ?? 0), 0);
}

export function medianSum(side, phase, key) {
	return median(runsOf(side).map(run => sumOf(run, phase, key)));
}

// The histogram of a side, a run on average; buckets as in uapi/vmtoll.h: below 2^8 cycles, then powers of two, the last is open.
export function histogram(side, name) {
	const sum = new Array(26).fill(0);
	for (const run of runsOf(side))
		for (const row of run.phases[0].reasons)
			if (row.hist && (name === undefined || labelOf(row) === name))
				row.hist.forEach((n, bucket) => { sum[bucket] += n; });
	return sum.map((n, bucket) => ({ side: names[side], bucket: 2 ** (bucket + 8), exits: n / runsOf(side).length }));
}
