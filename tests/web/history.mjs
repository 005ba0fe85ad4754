// SPDX-License-Identifier: GPL-2.0
// Test the page that `vmtoll report --html` writes, in headless Chromium: its figures, the
// selection of a VM and of a reason by click and by keyboard, the width of a phone, and the rules
// of axe-core. The page must cause no network request and no error.
// Usage: node history.mjs SCREENSHOT_DIRECTORY MODULES PAGE.html
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";

const [shots, modules, path] = process.argv.slice(2);
const from_modules = createRequire(`${modules}/`);
const { chromium } = from_modules("playwright-core");
const axe = readFileSync(from_modules.resolve("axe-core/axe.min.js"), "utf8");
const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(readFileSync(path, "utf8"))[1]);
const count = new Intl.NumberFormat("en").format;
let failed = 0;

function check(name, good, seen) {
	console.log(good ? `ok web-history-${name}` : `not ok web-history-${name}: ${seen}`);
	failed += good ? 0 : 1;
}

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });

async function contents(page) {
	const text = await page.locator("main").innerText();
	check("total", text.includes(count(data.all.exits)), text.slice(0, 300));
	check("audit", text.includes("balanced"), text.slice(0, 300));
	const labels = await page.locator("figure svg[role=img]").evaluateAll(charts => charts.map(chart => chart.getAttribute("aria-label")));
	check("charts", labels.length === 4 && labels.every(label => label.length > 20), labels.join("; "));
	check("vm-rows", await page.locator("#vms-title ~ div tbody tr").count() === data.vms.length + 1, "VMs");
	check("event-rows", await page.locator("#events-title ~ div tbody tr").count() === data.events.length, "events");
	check("one-h1", await page.locator("h1").count() === 1, "h1");
	check("title", await page.title() === `vmtoll report: ${data.machine}`, await page.title());
}

// Select the second VM with the mouse and its first reason with the keyboard.
async function selection(page) {
	const vm = data.vms[1];
	await page.locator("#vms-title ~ div tbody tr").nth(2).locator("button").click();
	check("vm-by-click", await page.locator("#vm").inputValue() === String(vm.id), await page.locator("#vm").inputValue());
	const cells = await page.locator("#reason-table tbody tr").first().innerText();
	check("reasons-of-the-vm", cells.includes(count(vm.reasons[0].exits)), cells);
	await page.locator("#reason-table tbody button").first().focus();
	await page.keyboard.press("Enter");
	check("reason-by-keyboard", await page.locator("#reason").inputValue() === vm.reasons[0].name, await page.locator("#reason").inputValue());
	const label = await page.locator("#reasons svg[role=img]").getAttribute("aria-label");
	check("chart-of-the-reason", label.endsWith(vm.reasons[0].name), label);
}

// Select the VM with the most vCPUs, its last vCPU by a click, and all vCPUs with the keyboard.
async function vcpus(page) {
	const vm = [...data.vms].sort((a, b) => b.vcpus - a.vcpus)[0];
	const vcpu = vm.vcpu_list.at(-1);
	check("vcpus-are-in-the-page", vm.vcpus === 2 && vm.vcpu_list.length === 2, vm.vcpu_list.length);
	check("vcpus-add-up", vm.vcpu_list.reduce((sum, one) => sum + one.exits, 0) === vm.exits, vm.exits);
	await page.locator("#vm").selectOption(String(vm.id));
	check("vcpu-rows", await page.locator("#vcpu-table tbody tr").count() === 3, "vCPUs");
	await page.locator("#vcpu-table tbody tr").last().locator("button").click();
	check("vcpu-by-click", await page.locator("#vcpu").inputValue() === String(vcpu.index), await page.locator("#vcpu").inputValue());
	const cells = await page.locator("#reason-table tbody tr").first().innerText();
	check("reasons-of-the-vcpu", cells.includes(count(vcpu.reasons[0].exits)), cells);
	const first = vcpu.reasons[0];
	check("percentiles-of-the-vcpu", first.p50_ns > 0 && (cells.match(/</g) ?? []).length >= 4, cells);
	const caption = await page.locator("#reason-table caption").innerText();
	check("error-of-the-percentiles", /upper bounds, at most twice the true value below 2.15 s/.test(caption), caption);
	const label = await page.locator("#toll svg[role=img]").getAttribute("aria-label");
	check("toll-of-the-vcpu", label.includes(`vCPU ${vcpu.index} at most`), label);
	await page.locator("#vcpu-table tbody button").first().focus();
	await page.keyboard.press("Enter");
	check("vcpu-by-keyboard", await page.locator("#vcpu").inputValue() === "all", await page.locator("#vcpu").inputValue());
	await page.locator("#vcpu").focus();
	await page.keyboard.press("ArrowDown");
	check("vcpu-in-the-list", await page.locator("#vcpu").inputValue() === "0", await page.locator("#vcpu").inputValue());
	await page.locator("#reason").selectOption(vcpu.reasons[1].name);
	await page.locator("#vcpu-table tbody tr").last().locator("button").click();
	check("reason-is-kept", await page.locator("#reason").inputValue() === vcpu.reasons[1].name, await page.locator("#reason").inputValue());
}

for (const [name, viewport, colorScheme] of [["light", { width: 1100, height: 900 }, "light"], ["dark", { width: 1100, height: 900 }, "dark"],
	["phone", { width: 375, height: 740 }, "light"]]) {
	const page = await browser.newPage({ viewport, colorScheme });
	const problems = [];
	page.on("pageerror", error => problems.push(String(error)));
	page.on("console", message => message.type() === "error" && problems.push(message.text()));
	page.on("request", request => /^(file|data|blob):/.test(request.url()) || problems.push(request.url()));
	const began = Date.now();
	await page.goto(pathToFileURL(path).href);
	await page.locator("#books svg[role=img]").waitFor();
	console.log(`# ${name}: drawn after ${Date.now() - began} ms`);
	check(`${name}-drawn-in-time`, Date.now() - began < 10000, `${Date.now() - began} ms`);
	if (name === "light") {
		await contents(page);
		await selection(page);
		await vcpus(page);
	}
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	check(`${name}-fits`, wide <= 0, `${wide} pixels too wide`);
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() => window.axe.run());
	check(`${name}-axe`, violations.length === 0, violations.map(one => `${one.id}: ${one.nodes[0].html}`).join("; "));
	check(`${name}-quiet`, problems.length === 0, problems.join("; "));
	await page.screenshot({ path: `${shots}/history-${name}.png`, fullPage: true });
	await page.close();
}
await browser.close();
process.exit(failed ? 1 : 0);
