// SPDX-License-Identifier: GPL-2.0
// The page of `vmtoll compare --html` in headless Chromium: light, dark, at phone width; no network, no
// error, no fault that axe-core finds, figures as in the data, and usable by keyboard and screen reader.
// Usage: node report.mjs PAGE.html SCREENSHOT_DIRECTORY; one line a check.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";

const [page_path, shots, modules] = process.argv.slice(2);
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
const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(readFileSync(page_path, "utf8"))[1]);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });

async function contents(page) {
	const total = data.comparison.phases[0].total.exits.b.median;
	const text = await page.locator("main").innerText();
	check("total", text.includes(new Intl.NumberFormat("en").format(total)), text.slice(0, 300));
	check("charts", await page.locator("figure svg[aria-label]").count() === 4, await page.locator("figure svg[aria-label]").count());
	const whole = data.comparison.phases[0];
	const rows = 1 + whole.classes.length + whole.reasons.length;
	check("table-rows", await page.locator("tbody tr").count() === rows, await page.locator("tbody tr").count());
	const memory = whole.classes.find(row => row.class === "memory").exits;
	const cells = await page.locator("tr", { hasText: "all of: memory" }).innerText();
	check("class-row", cells.includes(new Intl.NumberFormat("en").format(memory.b.median)), cells);
	const rates = await page.locator(".keys").innerText();
	check("exits-per-second", /\d\s+exits a second/.test(rates), rates);
	const dots = await page.locator("#runs circle").count();
	check("a-dot-a-run", dots === data.runs.filter(run => run.end === "good").length, dots);
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
	check("labels", await page.getByLabel("Phase", { exact: true }).count() === 1 && await page.getByLabel("Reason", { exact: true }).count() === 1, "labels");
}

// All rules of axe-core: contrast, names, roles, landmarks, order of headings.
async function accessible(page, name) {
	await page.evaluate(axe);
	const found = await page.evaluate(() => window.axe.run());
	check(`${name}-axe-ran`, found.passes.length > 20, `${found.passes.length} rules passed`);
	check(`${name}-accessible`, found.violations.length === 0,
		found.violations.map(rule => `${rule.id}: ${rule.nodes.map(node => node.target).join(", ")}`).join("; "));
}

for (const [name, viewport, colorScheme] of views) {
	const page = await browser.newPage({ viewport, colorScheme });
	const trouble = [];
	page.on("pageerror", error => trouble.push(error.message));
	page.on("console", message => message.type() === "error" && trouble.push(message.text()));
	page.on("request", request => request.url().startsWith("file:") || request.url().startsWith("data:") || trouble.push(request.url()));
	await page.goto(pathToFileURL(page_path).href);
	await page.waitForSelector("figure svg");
	await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	check(`${name}-fits`, wide <= 0, `${wide} px too wide`);
	if (name === "light") {
		await contents(page);
		await keyboard(page);
	}
	await accessible(page, name);
	check(`${name}-no-error-no-network`, trouble.length === 0, trouble.join("; "));
	await page.close();
}
await browser.close();
process.exit(failed ? 1 : 0);
