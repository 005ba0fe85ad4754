// SPDX-License-Identifier: GPL-2.0
// What the tests of all pages share: opening a page in headless Chromium, and the checks that
// apply to every page. A page must fit the width of the window. It must cause no network request
// and no error. The rules of axe-core must find no violation.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";

export const [shots, modules, ...paths] = process.argv.slice(2);
const fromModules = createRequire(`${modules}/`);
const { chromium } = fromModules("playwright-core");
const axe = readFileSync(fromModules.resolve("axe-core/axe.min.js"), "utf8");
export const browser = await chromium.launch({ executablePath: "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
let failed = 0;

// The windows in which a page is tested: name, size and color scheme.
export const views = [
	["light", { width: 1100, height: 900 }, "light"],
	["dark", { width: 1100, height: 900 }, "dark"],
	["phone", { width: 375, height: 740 }, "light"],
];

export const dataOf = path => JSON.parse(/id="data">(.*?)<\/script>/s.exec(readFileSync(path, "utf8"))[1]);

export const count = new Intl.NumberFormat("en").format;

// Return a function check(name, good, seen) that prints the result of a check. If the check has
// failed, `seen` describes what the page contains.
export function checker(prefix) {
	return (name, good, seen) => {
		console.log(good ? `ok ${prefix}-${name}` : `not ok ${prefix}-${name}: ${seen}`);
		failed += good ? 0 : 1;
	};
}

// Check the page with all rules of axe-core, such as those for contrast, names, roles, landmarks
// and the order of headings.
async function accessible(page, name, check) {
	await page.evaluate(axe);
	const found = await page.evaluate(() => window.axe.run());
	check(`${name}-axe-ran`, found.passes.length > 20, `${found.passes.length} rules passed`);
	check(`${name}-accessible`, found.violations.length === 0,
		found.violations.map(rule => `${rule.id}: ${rule.nodes.map(node => node.target).join(", ")}`).join("; "));
}

// Open a page, either from a file or from a server, and wait until it contains `drawn`. A page
// from a server may send requests only to that server. Save a screenshot, run the checks in
// `look`, and then run the checks that apply to every page.
export async function view(path, [name, viewport, colorScheme], { shot, drawn, check }, look) {
	const page = await browser.newPage({ viewport, colorScheme });
	const trouble = [];
	page.on("pageerror", error => trouble.push(error.message));
	page.on("console", message => message.type() === "error" && trouble.push(message.text()));
	const url = path.startsWith("http:") ? path : pathToFileURL(path).href;
	const own = path.startsWith("http:") ? new URL("/", url).href : "file:";
	page.on("request", request => request.url().startsWith(own) || /^(data|blob):/.test(request.url()) || trouble.push(request.url()));
	const began = Date.now();
	await page.goto(url);
	await page.locator(drawn).first().waitFor();
	const time = Date.now() - began;
	await page.screenshot({ path: `${shots}/${shot}${name}.png`, fullPage: true });
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	check(`${name}-fits`, wide <= 0, `${wide} px too wide`);
	check(`${name}-drawn-in-time`, time < 10000, `${time} ms`);
	await look(page);
	await accessible(page, name, check);
	check(`${name}-no-error-no-network`, trouble.length === 0, trouble.join("; "));
	await page.close();
}

// Close the browser and exit. The exit status is 1 if a check has failed.
export async function finish() {
	await browser.close();
	process.exit(failed ? 1 : 0);
}
