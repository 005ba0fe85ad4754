// SPDX-License-Identifier: GPL-2.0
// Format figures.

const format = new Intl.NumberFormat("en").format;
export const count = value => format(Math.round(value));

// Format a count for an axis: 0, 5K, 1.2M.
export const compact = new Intl.NumberFormat("en", { notation: "compact" }).format;

export function duration(s) {
	const size = Math.abs(s);
	if (size === 0) return "0";
	if (size >= 1) return `${s.toPrecision(3)} s`;
	return size >= 1e-3 ? `${(s * 1e3).toPrecision(3)} ms` : `${(s * 1e6).toPrecision(3)} us`;
}
