// SPDX-License-Identifier: GPL-2.0
// Test the page that `vmtoll report --html` writes, in headless Chromium: its figures, the
// selection of a VM and of a reason by click and by keyboard, the width of a phone, and the rules
// of axe-core. The page must cause no network request and no error.
// Usage: node history.mjs SCREENSHOT_DIRECTORY MODULES PAGE.html
import { readFileSync, writeFileSync } from "node:fs";
import { checker, count, dataOf, finish, paths, shots, view, views } from "./pages.mjs";

const [path] = paths;
const data = dataOf(path);
const check = checker("web-history");
const options = { shot: "history-", drawn: "#books svg[role=img]", check };

async function contents(page) {
	const text = await page.locator("main").innerText();
	check("total", text.includes(count(data.all.exits)), text.slice(0, 300));
	const keys = await page.locator(".keys").innerText();
	check("toll-as-in-text", keys.includes(`${data.all.toll_percent.toFixed(1)}%`), keys);
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

// Write a page with the figures of a large host: many exits, long times, 100 VMs, and a VM whose
// times do not add up. Return its path.
function largePage() {
	const large = structuredClone(data);
	large.all.exits = 18725048206;
	large.all.kvm_ns = 4.24e13;
	large.all.hist = data.bins.map((_, i) => [[11, 3100000 + i]]);
	large.vms[0].large_residual = true;
	large.vms[0].residual_ns = large.vms[0].vcpu_ns / 20;
	for (let id = 1000; large.vms.length < 100; id++)
		large.vms.push({ ...data.vms[0], id, pid: id });
	const html = readFileSync(path, "utf8");
	const [start] = html.split(/(?<=id="data">)/);
	writeFileSync(`${shots}/history-large.html`, start + JSON.stringify(large).replaceAll("<", "\\u003c") + html.slice(html.indexOf("</script>", start.length)));
	return `${shots}/history-large.html`;
}

// Large figures must not overlap, and a long list of VMs must not hide the charts.
async function largeFigures(page) {
	const name = `large-${page.viewportSize().width}`;
	const cut = await page.locator(".keys strong").evaluateAll(all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent));
	check(`${name}-no-overlap`, cut.length === 0, cut.join(", "));
	const all = await page.locator("#vms-title ~ div tbody tr").first().innerText();
	check(`${name}-long-time`, all.includes("42,400 s"), all);
	const height = await page.locator("#vms-title ~ div").evaluate(one => one.clientHeight);
	check(`${name}-list-of-vms`, height > 200 && height < 700, `${height} px high`);
	const warning = await page.locator(".warning").allInnerTexts();
	check(`${name}-residual`, warning.length === 1 && warning[0].endsWith("the residual is 5.00%."), warning.join("; "));
	const sides = await page.locator("#events-title ~ div tbody td").evaluateAll(cells => cells.map(cell => getComputedStyle(cell).textAlign));
	check(`${name}-texts-on-the-left`, sides.length > 3 && sides.every(side => side === "left"), sides.join(", "));
	const ticks = (await page.locator("#heat svg").first().locator("text").allTextContents()).filter(text => /\d/.test(text));
	check(`${name}-scale-has-figures`, ticks.length >= 2, ticks.join(", "));
}

async function everything(page) {
	await contents(page);
	await selection(page);
	await vcpus(page);
}

for (const one of views)
	await view(path, one, options, one[0] === "light" ? everything : async () => {});
const large = largePage();
for (const [name, size, scheme] of views.slice(1))
	await view(large, [`large-${name}`, size, scheme], options, largeFigures);
await finish();
