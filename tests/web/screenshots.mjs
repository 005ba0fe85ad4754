// SPDX-License-Identifier: GPL-2.0
// Make screenshots of the pages of vmtoll and of Prometheus in headless Chromium, for
// script/screenshots.
// Usage: node screenshots.mjs DIRECTORY MODULES LIVE_URL REPORT.html COMPARE.html PROMETHEUS_URL
import { pathToFileURL } from "node:url";
import { browser, finish, paths, shots } from "./pages.mjs";

const [live, report, compare, prometheus] = paths;
const WIDE = { width: 1100, height: 860 };
const PHONE = { width: 375, height: 740 };
const RULE = "vm:vmtoll_toll:ratio_rate5m";

// Open an address in a window of this size. Wait until the page contains `drawn`, let it run for
// some seconds, and save a picture of the window. It begins at the element `from`. The heading of
// a page names temporary files and the kernel of this machine, so do not begin above the VMs.
async function picture(name, viewport, url, drawn, seconds, from) {
	const page = await browser.newPage({ viewport });
	await page.goto(url);
	await page.locator(drawn).first().waitFor({ timeout: 30000 });
	await page.waitForTimeout(seconds * 1000);
	await page.locator(from).first().evaluate(element => element.scrollIntoView());
	await page.screenshot({ path: `${shots}/${name}.png` });
	await page.close();
}

await picture("live", WIDE, live, "#vms tbody tr", 90, "h2");
await picture("live-phone", PHONE, live, "#vms tbody tr", 30, "h2");
await picture("report", WIDE, pathToFileURL(report).href, "svg", 1, "#tolls-title");
await picture("compare", WIDE, pathToFileURL(compare).href, "table", 1, "#changes-title");
await picture("prometheus", WIDE, `${prometheus}/graph?g0.expr=${RULE}&g0.tab=0&g0.range_input=5m`, "svg, canvas", 5, "body");
await finish();
