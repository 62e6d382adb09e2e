// How the dashboard does with a large network: `node tests/scale/measure.mjs [MINUTES]`, after `npm run build`.
// It measures and reports; nothing here passes or fails.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "./server.mjs";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--js-flags=--expose-gc"];
const minutes = Number(process.argv[2] ?? 1);
const dist = join(dirname(fileURLToPath(import.meta.url)), "../../dist");
const { url, close } = await serve(dist);
const chrome = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
const page = await (await chrome.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
page.on("pageerror", (error) => console.log(`page error: ${error}`));

/** Frames while something is done: their mean rate, and how long the slowest twentieth took. */
async function frames(what, work) {
  await page.evaluate(() => {
    globalThis.measured = [];
    let last = performance.now();
    const next = (now) => {
      globalThis.measured.push(now - last);
      last = now;
      globalThis.timer = requestAnimationFrame(next);
    };
    globalThis.timer = requestAnimationFrame(next);
    globalThis.slow = [];
    globalThis.observer = new PerformanceObserver((list) => list.getEntries().forEach((entry) => globalThis.slow.push(entry.duration)));
    globalThis.observer.observe({ type: "event", durationThreshold: 16 });
  });
  await work();
  const { measured, slow } = await page.evaluate(() => {
    cancelAnimationFrame(globalThis.timer);
    globalThis.observer.disconnect();
    return { measured: globalThis.measured, slow: globalThis.slow };
  });
  const sum = measured.reduce((a, b) => a + b, 0);
  const at = (list, part) => [...list].sort((a, b) => a - b)[Math.floor(list.length * part)] ?? 0;
  console.log(`${what}: ${((measured.length * 1000) / sum).toFixed(1)} frames/s, p95 of a frame ${at(measured, 0.95).toFixed(1)} ms; p98 of an interaction ${at(slow, 0.98).toFixed(0)} ms`);
}

async function scroll(selector) {
  await page.locator(selector).first().hover();
  for (let n = 0; n < 80; n += 1) {
    await page.mouse.wheel(0, n % 20 < 15 ? 400 : -500);
    await page.waitForTimeout(50);
  }
}

async function type() {
  const field = page.locator('input[type="text"], input:not([type])').first();
  await field.click();
  await page.keyboard.type("protocol = tls and src_bytes > 10k", { delay: 60 });
  await page.keyboard.press("Escape");
}

const memory = () => page.evaluate(() => {
  globalThis.gc?.();
  return performance.memory.usedJSHeapSize;
});
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

await page.goto(`${url}/`, { waitUntil: "load" });
await page.waitForSelector("h1");
const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
console.log(`first contentful paint: ${paint?.toFixed(0)} ms`);
for (const [name, path] of [["devices", "/devices"], ["live flows", "/flows"]]) {
  await page.goto(url + path, { waitUntil: "load" });
  await page.waitForSelector("table tbody tr");
  await page.waitForTimeout(4000);
  await frames(`${name}, scrolling`, () => scroll(".table"));
  await frames(`${name}, typing`, type);
}
await page.goto(`${url}/topology`, { waitUntil: "load" });
await page.waitForSelector("canvas");
await frames("topology of 2,000 nodes, while it is laid out", () => page.waitForTimeout(4000));
await page.waitForTimeout(8000);
await frames("topology, panned and zoomed", async () => {
  const box = await page.locator("canvas").first().boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let n = 0; n < 40; n += 1) {
    await page.mouse.wheel(0, n % 10 < 5 ? -120 : 120);
    await page.waitForTimeout(30);
  }
  await page.mouse.down();
  for (let n = 0; n < 60; n += 1) await page.mouse.move(box.x + 200 + n * 8, box.y + 200 + n * 3);
  await page.mouse.up();
});
await page.screenshot({ path: join(dist, "../test-results/scale-topology.png") });
await page.goto(`${url}/flows`, { waitUntil: "load" });
await page.waitForSelector("table tbody tr");
await page.waitForTimeout(5000);
console.log(`memory of live flows: ${megabytes(await memory())} at the start`);
for (let n = 1; n <= minutes; n += 1) {
  await page.waitForTimeout(60_000);
  if (n === minutes || n % 5 === 0) console.log(`memory of live flows: ${megabytes(await memory())} after ${n} min`);
}
await chrome.close();
close();
process.exit(0);
