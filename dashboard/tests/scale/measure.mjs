// The dashboard at size, in Debian's Chromium: frames, interactions, memory, first paint.
//   node tests/scale/measure.mjs            all of it, 13 minutes
//   node tests/scale/measure.mjs --short    without the ten minutes of memory
//   node tests/scale/measure.mjs --only=flows,topology
// It fails where something does not work at size, not where it is slow: other work on a machine must not fail a test.
import { existsSync, mkdirSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { during, heap, install, nodesOf } from "./probe.mjs";
import { start } from "./stand-in.mjs";

const SIZE = { devices: 10_000, perSecond: 5000, nodes: 2000, links: 6000 };
const FLOWS = 100_000;
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];
const browser = process.env.CHROMIUM ?? "/usr/bin/chromium";
const here = dirname(fileURLToPath(import.meta.url));
const shots = join(here, "../../test-results");
const short = process.argv.includes("--short");
const only = process.argv.find((one) => one.startsWith("--only="))?.slice(7).split(",");
const wanted = (name) => !only || only.includes(name);

for (const [what, path] of [["chromium", browser], ["the built dashboard (npm run build)", join(here, "../../dist/index.html")]]) {
  if (!existsSync(path)) {
    console.log(`SKIPPED dashboard::scale: ${what} is missing (${path})`);
    process.exit(0);
  }
}

let failed = 0;
const troubles = [];
const check = (condition, text) => {
  if (condition) return;
  failed += 1;
  console.log(`FAILED ${text}`);
};
const round = (number, digits = 1) => Number(number.toFixed(digits));
const told = (name, seen) =>
  console.log(
    `${name}: ${round(seen.fps)} frames/s, median ${round(seen.median)} ms, p95 ${round(seen.p95)} ms, worst ${round(seen.worst)} ms; ` +
      `${seen.longTasks} long tasks; interactions over 16 ms: ${seen.interactions}, p98 ${seen.interaction98} ms, worst ${seen.interactionWorst} ms (load ${round(loadavg()[0])})`,
  );

mkdirSync(shots, { recursive: true });
const instance = await start(SIZE);
const chrome = await chromium.launch({ executablePath: browser, args: FLAGS });

async function open(path, theme = "dark") {
  const context = await chrome.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: theme });
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && troubles.push(`${path}: ${message.text()}`));
  page.on("pageerror", (error) => troubles.push(`${path}: ${error}`));
  await page.addInitScript(install);
  await page.goto(instance.url + path, { waitUntil: "load" });
  await page.waitForSelector("h1");
  return page;
}

/** Turns the wheel over the middle of an element for some seconds. */
async function wheel(page, selector, seconds, step = 240) {
  const box = await page.locator(selector).first().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const end = Date.now() + seconds * 1000;
  for (let i = 0; Date.now() < end; i++) {
    await page.mouse.wheel(0, i % 120 < 90 ? step : -step);
    await page.waitForTimeout(25);
  }
}

async function type(page, text) {
  await page.locator('[role="combobox"][aria-label="Filter"]').click();
  await page.keyboard.type(text, { delay: 70 });
  await page.waitForTimeout(300);
}

async function clear(page) {
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  // What the field proposes is before the table.
  await page.keyboard.press("Escape");
}

async function firstPaint() {
  const paints = [];
  for (let i = 0; i < 5; i++) {
    const page = await open("/");
    await page.waitForTimeout(400);
    paints.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1));
    await page.context().close();
  }
  paints.sort((a, b) => a - b);
  console.log(`first contentful paint: median ${Math.round(paints[2])} ms, worst of five ${Math.round(paints[4])} ms (at most 800)`);
}

async function devices() {
  const page = await open("/devices");
  await page.waitForFunction((many) => Number(document.querySelector('table[aria-label="Devices"]')?.getAttribute("aria-rowcount")) > many, SIZE.devices, { timeout: 60_000 });
  await page.waitForTimeout(1500);
  told("devices, at rest", await during(page, () => page.waitForTimeout(5000)));
  told("devices, scrolled", await during(page, () => wheel(page, ".table", 6)));
  told("devices, typed", await during(page, () => type(page, "type = printer and online")));
  await clear(page);
  told("devices, sorted", await during(page, async () => {
    for (const title of ["device", "internet in", "risk", "system", "vendor", "seen"]) {
      await page.locator("thead").getByRole("button", { name: new RegExp(`^${title}( [↑↓])?$`) }).click();
      await page.waitForTimeout(500);
    }
  }));
  const nodes = await nodesOf(page);
  console.log(`devices: ${SIZE.devices} rows are ${nodes} elements`);
  check(nodes < 8000, `rows are drawn that cannot be seen: ${nodes} elements`);
  await page.screenshot({ path: join(shots, "scale-devices.png") });
  await page.context().close();
}

/** The page of live flows, once it holds as many as it shall. */
async function filled() {
  const page = await open("/flows");
  await page.mouse.move(400, 20);
  await page.waitForFunction((many) => Number(document.querySelector('table[aria-label="Live flows"]')?.getAttribute("aria-rowcount")) > many, FLOWS, { timeout: 120_000 });
  return page;
}

async function flows() {
  const page = await filled();
  told("flows, at rest", await during(page, () => page.waitForTimeout(5000)));
  told("flows, scrolled by the wheel", await during(page, () => wheel(page, ".table", 6)));
  await page.mouse.move(400, 20);
  await page.locator('.table[role="region"]').focus();
  told("flows, scrolled by keys while rows come", await during(page, async () => {
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press(i % 4 === 3 ? "PageUp" : "PageDown");
      await page.waitForTimeout(70);
    }
  }));
  told("flows, typed", await during(page, () => type(page, "protocol = tls and src_bytes > 10M")));
  await clear(page);
  told("flows, sorted by bytes while rows come", await during(page, async () => {
    await page.locator("thead").getByRole("button", { name: /^received/ }).click();
    await page.mouse.move(400, 20);
    await page.waitForTimeout(5000);
  }));
  const nodes = await nodesOf(page);
  console.log(`flows: ${FLOWS} rows are ${nodes} elements; ${instance.sent.flows} flows sent, ${instance.sent.lagged} messages held back`);
  check(nodes < 8000, `rows are drawn that cannot be seen: ${nodes} elements`);
  await page.screenshot({ path: join(shots, "scale-flows.png") });
  await page.context().close();
}

async function topology() {
  const page = await open("/topology?most=2000");
  const layout = await during(page, async () => {
    await page.waitForSelector("canvas");
    await page.waitForFunction(() => document.querySelector("canvas")?.dataset.settled === "true", undefined, { timeout: 60_000 }).catch(() => check(false, "the layout does not end"));
  });
  told("topology, while it is laid out", layout);
  await page.screenshot({ path: join(shots, "scale-topology.png") });
  const box = await page.locator("canvas").first().boundingBox();
  const middle = [box.x + box.width / 2, box.y + box.height / 2];
  told("topology, zoomed", await during(page, async () => {
    await page.mouse.move(...middle);
    for (let i = 0; i < 100; i++) {
      await page.mouse.wheel(0, i < 50 ? -40 : 40);
      await page.waitForTimeout(25);
    }
  }));
  told("topology, panned", await during(page, async () => {
    await page.mouse.move(...middle);
    await page.mouse.down();
    for (let i = 0; i < 120; i++) {
      await page.mouse.move(middle[0] + 200 * Math.sin(i / 10), middle[1] + 120 * Math.cos(i / 10));
      await page.waitForTimeout(16);
    }
    await page.mouse.up();
  }));
  told("topology, pointed at", await during(page, async () => {
    for (let i = 0; i < 120; i++) {
      await page.mouse.move(middle[0] + 300 * Math.sin(i / 20), middle[1] + 120 * Math.cos(i / 20));
      await page.waitForTimeout(16);
    }
  }));
  await page.mouse.move(...middle);
  for (let i = 0; i < 12; i++) await page.mouse.wheel(0, -60);
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(shots, "scale-topology-near.png") });
  await page.context().close();
}

async function memory() {
  const page = await filled();
  const session = await page.context().newCDPSession(page);
  const told = [];
  for (let i = 0; i < 3; i++) {
    if (i > 0) for (let s = 0; s < 5; s++) await page.waitForTimeout(60_000);
    told.push((await heap(session)) / 1e6);
  }
  console.log(`memory of the page of flows, ${FLOWS} rows, ${SIZE.perSecond} updates/s: ${told.map((mb) => `${Math.round(mb)} MB`).join(", ")} at the start, after 5 and after 10 min`);
  check(told[2] < told[0] * 1.15, `it grows: ${told.join(", ")}`);
  await page.context().close();
}

if (wanted("paint")) await firstPaint();
if (wanted("devices")) await devices();
if (wanted("flows")) await flows();
if (wanted("topology")) await topology();
if (wanted("memory") && !short) await memory();
check(troubles.length === 0, troubles.slice(0, 5).join("\n"));
await chrome.close();
instance.close();
console.log(`test result: ${failed === 0 ? "ok" : "FAILED"}. ${failed === 0 ? 1 : 0} passed; ${failed} failed (scale)`);
process.exit(failed === 0 ? 0 : 1);
