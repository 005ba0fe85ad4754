// SPDX-License-Identifier: GPL-2.0
// Test the page that `vmtoll compare --html` writes, in headless Chromium. The page is tested
// with a light and a dark color scheme, and at the width of a phone. It must show the figures of
// its data, work with a keyboard and a screen reader, and cause no network request, no error,
// and no violation that axe-core finds.
// Usage: node report.mjs SCREENSHOT_DIRECTORY MODULES PAGE.html [OTHER.html...]
// The script prints one line per check. The OTHER pages have incomplete data and are only
// rendered.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const [shots, modules, page_path, ...others] = process.argv.slice(2);
const from_modules = createRequire(`${modules}/`);
const { chromium } = from_modules("playwright-core");
const axe = readFileSync(from_modules.resolve("axe-core/axe.min.js"), "utf8");
let failed = 0;

function check(name, good, seen) {
	console.log(good ? `ok web-${name}` : `not ok web-${name}: ${seen}`);
	failed += good ? 0 : 1;
}

const views = [
	["light", { width: 1100, height: 900 }, "light"],
	["dark", { width: 1100, height: 900 }, "dark"],
	["phone", { width: 375, height: 740 }, "light"],
];
const dataOf = path => JSON.parse(/id="data">(.*?)<\/script>/s.exec(readFileSync(path, "utf8"))[1]);
const data = dataOf(page_path);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });

async function contents(page) {
	const total = data.comparison.phases[0].total.exits.b.median;
	const text = await page.locator("main").innerText();
	check("total", text.includes(new Intl.NumberFormat("en").format(total)), text.slice(0, 300));
	const labels = await page.locator("figure svg[role=img]").evaluateAll(charts => charts.map(chart => chart.getAttribute("aria-label")));
	check("charts", labels.length === 5 && labels.every(label => /\d/.test(label)), labels.join("; "));
	const largest = data.comparison.phases[0].reasons.find(row => row.name === "EXCP_PF").exits;
	check("chart-label-has-figures", labels[0].includes(`EXCP_PF +${new Intl.NumberFormat("en").format(largest.b.median)}`), labels[0]);
	const whole = data.comparison.phases[0];
	const rows = 1 + whole.classes.length + whole.reasons.length;
	check("table-rows", await page.locator("tbody tr").count() === rows, await page.locator("tbody tr").count());
	const memory = whole.classes.find(row => row.class === "memory").exits;
	const cells = await page.locator("tr", { hasText: "all of: memory" }).innerText();
	check("class-row", cells.includes(new Intl.NumberFormat("en").format(memory.b.median)), cells);
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

async function keyboard(page) {
	await page.keyboard.press("Tab");
	check("first-tab", await page.evaluate(() => document.activeElement.id) === "phase", await page.evaluate(() => document.activeElement.id));
	if (data.comparison.phases.length < 2)
		return;
	await page.keyboard.press("ArrowDown");
	const caption = await page.locator("caption").innerText();
	check("phase-by-keyboard", caption.includes(`"${data.comparison.phases[1].name}"`), caption);
	await page.keyboard.press("Tab");
	await page.keyboard.press("ArrowDown");
	const times = await page.locator("caption").innerText();
	check("time-by-keyboard", times.startsWith("time in KVM"), times);
	check("time-in-table", / m?s$/.test(await page.locator(".sums td").first().innerText()), await page.locator(".sums td").first().innerText());
	check("labels", await page.getByLabel("Phase", { exact: true }).count() === 1 && await page.getByLabel("Reason", { exact: true }).count() === 1, "labels");
}

// Check the page with all rules of axe-core, such as those for contrast, names, roles, landmarks
// and the order of headings.
async function accessible(page, name) {
	await page.evaluate(axe);
	const found = await page.evaluate(() => window.axe.run());
	check(`${name}-axe-ran`, found.passes.length > 20, `${found.passes.length} rules passed`);
	check(`${name}-accessible`, found.violations.length === 0,
		found.violations.map(rule => `${rule.id}: ${rule.nodes.map(node => node.target).join(", ")}`).join("; "));
}

// Open a page and run the checks that apply to all pages. Then run the checks in `look`.
async function view(path, name, viewport, colorScheme, look) {
	const page = await browser.newPage({ viewport, colorScheme });
	const trouble = [];
	page.on("pageerror", error => trouble.push(error.message));
	page.on("console", message => message.type() === "error" && trouble.push(message.text()));
	page.on("request", request => request.url().startsWith("file:") || request.url().startsWith("data:") || trouble.push(request.url()));
	await page.goto(pathToFileURL(path).href);
	await page.waitForSelector("figure svg");
	await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	check(`${name}-fits`, wide <= 0, `${wide} px too wide`);
	await look(page);
	await accessible(page, name);
	check(`${name}-no-error-no-network`, trouble.length === 0, trouble.join("; "));
	await page.close();
}

async function everything(page) {
	await contents(page);
	await keyboard(page);
}

const nothing = async () => {};
for (const [name, viewport, colorScheme] of views)
	await view(page_path, name, viewport, colorScheme, name === "light" ? everything : nothing);
for (const path of others) {
	const name = basename(path, ".html");
	const { runs } = dataOf(path);
	const bad = name === "failed" ? 2 : 0;
	await view(path, name, { width: 375, height: 740 }, "dark", async page => {
		check(`${name}-runs`, await page.locator(".runs li").count() === runs.length, runs.length);
		const warnings = await page.locator(".warning").count();
		check(`${name}-warnings`, warnings === dataOf(path).warnings.length, warnings);
		check(`${name}-doubts`, await page.locator(".runs .bad").count() === bad, bad);
		check(`${name}-no-nonsense`, !/NaN|undefined|Infinity/.test(await page.locator("main").innerHTML()), "NaN, undefined or Infinity");
	});
}
await browser.close();
process.exit(failed ? 1 : 0);
