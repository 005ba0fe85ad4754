// SPDX-License-Identifier: GPL-2.0
// Format figures.

const format = new Intl.NumberFormat("en").format;
export const count = value => format(Math.round(value));

// Format a count for an axis: 0, 5K, 1.2M.
export const compact = new Intl.NumberFormat("en", { notation: "compact" }).format;

export function duration(s) {
	const size = Math.abs(s);
	if (size === 0) return "0";
	if (size >= 999.5) return `${count(s)} s`;
	if (size >= 1) return `${s.toPrecision(3)} s`;
	return size >= 1e-3 ? `${(s * 1e3).toPrecision(3)} ms` : `${(s * 1e6).toPrecision(3)} us`;
}

// Return a sentence that states how exact percentiles are. The last bucket of a histogram begins
// at 2^32 cycles. The bounds of each lower bucket differ by a factor of two.
export function percentileError(tscKhz) {
	const limit = tscKhz ? `, at most twice the true value below ${duration(2 ** 32 / tscKhz / 1000)}` : "";
	return `Percentiles are upper bounds${limit}.`;
}
