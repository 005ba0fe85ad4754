// SPDX-License-Identifier: GPL-2.0
// Test the page that `vmtoll compare --html` writes, in headless Chromium. The page is tested
// with a light and a dark color scheme, and at the width of a phone. It must show the figures of
// its data, work with a keyboard and a screen reader, and cause no network request, no error,
// and no violation that axe-core finds.
// Usage: node report.mjs SCREENSHOT_DIRECTORY MODULES PAGE.html [OTHER.html...]
// The script prints one line per check. The OTHER pages have incomplete data and are only
// rendered.
import { basename } from "node:path";
import { checker, count, dataOf, finish, paths, view, views } from "./pages.mjs";

const [pagePath, ...others] = paths;
const check = checker("web");
const data = dataOf(pagePath);
const options = { shot: "", drawn: "figure svg", check };

async function contents(page) {
	const total = data.comparison.phases[0].total.exits.b.median;
	const text = await page.locator("main").innerText();
	check("total", text.includes(count(total)), text.slice(0, 300));
	const labels = await page.locator("figure svg[role=img]").evaluateAll(charts => charts.map(chart => chart.getAttribute("aria-label")));
	check("charts", labels.length === 5 && labels.every(label => /\d/.test(label)), labels.join("; "));
	const largest = data.comparison.phases[0].reasons.find(row => row.name === "EXCP_PF").exits;
	check("chart-label-has-figures", labels[0].includes(`EXCP_PF +${count(largest.b.median)}`), labels[0]);
	const whole = data.comparison.phases[0];
	const rows = 1 + whole.classes.length + whole.reasons.length;
	check("table-rows", await page.locator("#table tbody tr").count() === rows, await page.locator("#table tbody tr").count());
	await durations(page, whole);
	const memory = whole.classes.find(row => row.class === "memory").exits;
	const cells = await page.locator("#table tr", { hasText: "all of: memory" }).innerText();
	check("class-row", cells.includes(count(memory.b.median)), cells);
	const rates = await page.locator(".keys").innerText();
	check("exits-per-second", /\d\s+exits per second/.test(rates), rates);
	const good = data.runs.filter(run => run.end === "good").length;
	const dots = await page.locator("#runs circle").count();
	check("a-dot-a-run", dots === 11 * good, `${dots} of the total and ten reasons in ${good} runs`);
	const pale = await page.locator('#changes rect[fill-opacity="0.35"]').count();
	const chance = whole.reasons.filter(row => !row.exits.moved && row.exits.a.median !== row.exits.b.median).length;
	check("insignificant-is-pale", pale > 0 && pale === chance, `${pale} bars, ${chance} rows`);
	check("story-has-lines", await page.locator(".story li").count() >= data.comparison.story.split("\n").length, "story");
	check("headers-have-scope", await page.locator("th:not([scope])").count() === 0, "th without scope");
	check("one-h1", await page.locator("h1").count() === 1, "h1");
}

// The table of durations must have one row per side for each reason, each class and the total. A
// side without exits must be omitted.
async function durations(page, whole) {
	const sides = [whole.total, ...whole.classes, ...whole.reasons].flatMap(row => Object.values(row.duration_tsc)).filter(of => of.mean !== undefined);
	const found = await page.locator("#durations tbody tr").count();
	check("duration-rows", found === sides.length && found > 20, `${found} rows, ${sides.length} sides`);
	const { a } = whole.reasons.find(row => row.name === "NPF").duration_tsc;
	const cells = await page.locator("#durations tr", { hasText: /^NPF/ }).innerText();
	const shown = [a.p50, a.p90, a.p99, a.p999].map(tsc => Number((tsc / data.tsc_khz).toPrecision(3)));
	const seen = [...cells.matchAll(/<([\d.]+) (us|ms)/g)].map(([, value, unit]) => unit === "us" ? value / 1000 : Number(value));
	check("percentiles", shown.length === 4 && shown.every((ms, i) => ms === seen[i]), `${shown} ms, ${cells}`);
	const caption = await page.locator("#durations caption").innerText();
	check("error-of-the-percentiles", /upper bounds, at most twice the true value below 1.87 s/.test(caption), caption);
}

async function keyboard(page) {
	await page.keyboard.press("Tab");
	check("first-tab", await page.evaluate(() => document.activeElement.id) === "phase", await page.evaluate(() => document.activeElement.id));
	if (data.comparison.phases.length < 2)
		return;
	await page.keyboard.press("ArrowDown");
	const caption = await page.locator("#table caption").innerText();
	check("phase-by-keyboard", caption.includes(`"${data.comparison.phases[1].name}"`), caption);
	await page.keyboard.press("Tab");
	await page.keyboard.press("ArrowDown");
	const durationCaption = await page.locator("#durations caption").innerText();
	check("durations-of-the-phase", durationCaption.includes(`"${data.comparison.phases[1].name}"`), durationCaption);
	const times = await page.locator("#table caption").innerText();
	check("time-by-keyboard", times.startsWith("time in KVM"), times);
	check("time-in-table", / m?s$/.test(await page.locator("#table .sums td").first().innerText()), await page.locator("#table .sums td").first().innerText());
	check("labels", await page.getByLabel("Phase", { exact: true }).count() === 1 && await page.getByLabel("Reason", { exact: true }).count() === 1, "labels");
}

async function everything(page) {
	await contents(page);
	await keyboard(page);
}

const nothing = async () => {};
for (const one of views)
	await view(pagePath, one, options, one[0] === "light" ? everything : nothing);
for (const path of others) {
	const name = basename(path, ".html");
	const { runs } = dataOf(path);
	const bad = name === "failed" ? 2 : 0;
	await view(path, [name, { width: 375, height: 740 }, "dark"], options, async page => {
		check(`${name}-runs`, await page.locator(".runs li").count() === runs.length, runs.length);
		const warnings = await page.locator(".warning").count();
		check(`${name}-warnings`, warnings === dataOf(path).warnings.length, warnings);
		check(`${name}-doubts`, await page.locator(".runs .bad").count() === bad, bad);
		if (name === "waiting") {
			const label = await page.locator("#times svg[role=img]").first().getAttribute("aria-label");
			check(`${name}-for-a-cpu`, /waiting for a CPU \d/.test(label), label);
		}
		check(`${name}-no-nonsense`, !/NaN|undefined|Infinity/.test(await page.locator("main").innerHTML()), "NaN, undefined or Infinity");
	});
}
await finish();
