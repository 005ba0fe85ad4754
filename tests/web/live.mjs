// SPDX-License-Identifier: GPL-2.0
// Test the live page of `vmtoll serve` in headless Chromium: its figures, the selection of a VM by
// click and by keyboard, pausing, old data, a source that cannot be read, a restart of the server,
// and a server that refuses the page. The page must fit a phone, and the rules of axe-core apply.
// Usage: node live.mjs SCREENSHOT_DIRECTORY MODULES VMTOLL FIXTURE_MAKE FIXTURE
import { execFile, spawn } from "node:child_process";
import { renameSync } from "node:fs";
import { get } from "node:http";
import { browser, checker, finish, paths, view, views } from "./pages.mjs";

const [vmtoll, make, fixture] = paths;
const check = checker("web-live");
const WAIT = { timeout: 20000 };
// The number of clients to which the server sends events at the same time.
const WATCHERS = 16;
let server, port = 0;

// Start the server, on the same port as before if there was one, and wait until it listens.
async function start() {
	server = spawn(vmtoll, ["serve", "--listen", `127.0.0.1:${port}`, "--source", `kmod:${fixture}`], { stdio: ["ignore", "ignore", "pipe"] });
	port = await new Promise((resolve, reject) => {
		let text = "";
		const fail = why => reject(new Error(`vmtoll serve ${why}: ${text}`));
		const timer = setTimeout(fail, WAIT.timeout, "does not listen");
		server.on("exit", () => fail("has ended"));
		server.stderr.on("data", data => {
			text += data;
			const found = /listening on http:.*:([0-9]+).metrics/.exec(text);
			if (!found)
				return;
			clearTimeout(timer);
			resolve(Number(found[1]));
		});
	});
}

async function stop() {
	const ended = new Promise(resolve => server.on("exit", resolve));
	server.kill();
	return ended;
}

// Let one second pass on the host of the fixture, several times per second.
let ticking = false;
const ticks = setInterval(() => {
	if (ticking)
		return;
	ticking = true;
	execFile(make, ["tick", fixture], () => { ticking = false; });
}, 300);

const url = () => `http://127.0.0.1:${port}/`;
const rows = page => page.locator("#vms tbody tr");

// Wait until an element contains a text. Return false if that takes too long.
async function has(page, selector, text) {
	return page.locator(selector).filter({ hasText: text }).first().waitFor(WAIT).then(() => true, () => false);
}

async function hasText(name, page, selector, text) {
	const good = await has(page, selector, text);
	check(name, good, good || await page.locator(selector).first().innerText().catch(error => error.message));
}

async function figures(page) {
	check("vms", await rows(page).count() === 6, await rows(page).count());
	await hasText("live", page, "#state", "Live");
	// The VM with the largest toll comes first. VM N has N times the toll of VM 1.
	await hasText("worst-vm", page, "#vms tbody tr:first-child", /^pid 2005\s*2\s*15.7%/);
	await hasText("lowest-vm", page, "#vms tbody tr:last-child", /^pid 2000\s*1\s*2.6%/);
	await hasText("worst-reasons", page, "#vms tbody tr:first-child", "NPF 12.0% IOIO 3.0% MSR 0.5%");
	await hasText("places", page, "#vms tbody tr:first-child", /33.3%\s*13.3%\s*2.4%\s*48.0%\s*3.0%/);
	await hasText("toll-of-all", page, "#keys", /9.6%\s*toll of all VMs/);
	const label = await page.locator("#tolls svg[role=img]").getAttribute("aria-label");
	check("chart", label.startsWith("Toll over time: pid 2005 "), label);
	check("title", await page.title() === "vmtoll: 127.0.0.1", await page.title());
	check("one-h1", await page.locator("h1").count() === 1, "h1");
}

// Select the third VM with the mouse, and the one below it with the keyboard.
async function selection(page) {
	await page.locator("#vms tbody tr").nth(2).locator("button").click();
	await hasText("vm-by-click", page, "#chosen-title", "pid 2003");
	await hasText("reasons", page, "#reasons tbody tr:first-child", /^NPF\s*8.0%/);
	await hasText("books", page, "#residual", "Residual (time in none of these places): 0.0%");
	const label = await page.locator("#books svg[role=img]").getAttribute("aria-label");
	check("chart-of-books", label === "Where the time goes: guest 54.6%, KVM 8.8%, VMM 1.6%, halted 32.0%, ready 3.0%", label);
	check("address", page.url().endsWith("#pid=2003"), page.url());
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("Enter");
	await hasText("vm-by-keyboard", page, "#chosen-title", "pid 2002");
	await hasText("current", page, "#vms button[aria-current=true]", "pid 2002");
	await page.keyboard.press("Escape");
	check("deselected", await page.locator("#chosen").isHidden(), "the VM is still shown");
	await page.keyboard.press("ArrowUp");
	await page.keyboard.press("ArrowUp");
	await page.keyboard.press("Enter");
	await hasText("vm-above", page, "#chosen-title", "pid 2004");
	await page.mouse.move(0, 0);
}

async function pausing(page) {
	const about = () => page.locator("#about").innerText();
	await page.keyboard.press("p");
	await hasText("paused", page, "#state", /^Paused. The figures are from /);
	check("paused-is-visible", await page.locator("#state.warning").count() === 1, await page.locator("#state").getAttribute("class"));
	const before = await about();
	await page.waitForTimeout(2500);
	check("paused-figures-stay", await about() === before, await about());
	await page.locator("#pause").click();
	await hasText("continued", page, "#state", "Live");
	await page.waitForFunction(old => document.getElementById("about").textContent !== old, before, WAIT);
	check("continued-figures-change", await about() !== before, before);
}

async function everything(page) {
	await figures(page);
	await selection(page);
	await pausing(page);
}

// A VM that was selected earlier is selected again when the page is loaded.
async function selected(page) {
	const name = `selected-${page.viewportSize().width}`;
	await hasText(name, page, "#chosen-title", "pid 2005");
}

// Test how the page shows problems of the server. Each problem must be visible until it ends.
async function trouble() {
	const page = await browser.newPage();
	await page.goto(`${url()}#pid=2003`);
	await hasText("trouble-live", page, "#chosen-title", "pid 2003");
	server.kill("SIGSTOP");
	await hasText("stale", page, "#state.warning", /^The server sends no data. The figures are from /);
	server.kill("SIGCONT");
	await hasText("not-stale", page, "#state", "Live");
	renameSync(fixture, `${fixture}.away`);
	await hasText("unreadable", page, "#state.warning", /^The server cannot read the exits: .* does not exist/);
	renameSync(`${fixture}.away`, fixture);
	await hasText("readable", page, "#state", "Live");
	check("stopped-with-watchers", await stop() === 0, "exit status");
	await hasText("disconnected", page, "#state.warning", /^Not connected to the server; trying again/);
	await start();
	await hasText("reconnected", page, "#state", "Live");
	await hasText("same-vm", page, "#chosen-title", "pid 2003");
	await page.evaluate(() => document.body.append(Object.assign(document.createElement("script"), { textContent: "window.inline = 1" })));
	check("no-inline-script", await page.evaluate(() => window.inline === undefined), "an inline script ran");
	await page.close();
}

// The page must show that the times of the host may be wrong.
async function unreliable() {
	const page = await browser.newPage();
	await page.goto(url());
	await hasText("reliable", page, "#about", /until/);
	check("no-warning", !(await page.locator("#about").innerText()).includes("TSC"), "a warning about the TSC");
	execFile(make, ["unstable", fixture]);
	await hasText("unreliable", page, "#about", "the TSC of the host is unreliable, so times may be wrong");
	await page.close();
}

// Start to receive events. Return the request, or nothing if the server refuses it.
function watcher() {
	return new Promise((resolve, reject) => {
		const request = get(`${url()}api/v1/events`, response => {
			response.resume();
			resolve(response.statusCode === 200 ? request : undefined);
		});
		request.on("error", reject);
	});
}

// So many clients receive events that the server refuses the page. The page must connect as soon
// as the server accepts it. An earlier page is closed by now, but the server notices this only
// when it next sends an event. Until then, it also refuses the last of the clients.
async function refused() {
	const clients = [];
	const end = Date.now() + WAIT.timeout;
	while (clients.length < WATCHERS && Date.now() < end) {
		const client = await watcher();
		if (client)
			clients.push(client);
		else
			await new Promise(resolve => setTimeout(resolve, 100));
	}
	check("watchers", clients.length === WATCHERS, `${clients.length} clients receive events`);
	const page = await browser.newPage();
	await page.goto(url());
	await hasText("refused", page, "#state.warning", "Not connected to the server");
	for (const client of clients)
		client.on("error", () => {}).destroy();
	await hasText("accepted", page, "#state", "Live");
	await page.close();
}

await start();
const options = { shot: "live-", drawn: "#vms tbody tr", check };
await view(url(), views[0], options, everything);
for (const one of views.slice(1))
	await view(`${url()}#pid=2005`, one, { ...options, drawn: "#books svg[role=img]" }, selected);
await trouble();
await unreliable();
await refused();
check("stopped", await stop() === 0, "exit status");
clearInterval(ticks);
await finish();
