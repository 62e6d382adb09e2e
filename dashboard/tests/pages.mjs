// Every page in Debian's Chromium against the real program: no console errors, no request to others,
// axe-core without serious findings in both themes, and a screenshot of each.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const program = process.env.NETMONSEC_BIN ?? join(root, "target/release/netmonsec");
const browser = process.env.CHROMIUM ?? "/usr/bin/chromium";
const shots = join(here, "../test-results");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];
const CAPTURES = ["portscan_nmap_connect", "brute_ssh_medusa", "beacon_https_jitter", "exfil_curl_https_30MB", "dnstunnel_iodine_null"];

let passed = 0;
let failed = 0;

async function test(name, body) {
  try {
    await body();
    passed += 1;
    console.log(`test dashboard::${name} ... ok`);
  } catch (error) {
    failed += 1;
    console.log(`test dashboard::${name} ... FAILED\n${error.stack ?? error}`);
  }
}

function check(condition, text) {
  if (!condition) throw new Error(text);
}

for (const [what, path] of [["netmonsec", program], ["chromium", browser]]) {
  if (!existsSync(path)) {
    console.log(`SKIPPED dashboard::pages: ${what} is missing (${path})`);
    process.exit(0);
  }
}

/** Starts the program on captures, and waits until it serves. */
async function serve() {
  const captures = CAPTURES.map((name) => join(root, `crates/netmonsec/tests/captures/attacks/${name}.pcap`));
  // Users are kept there.
  const folder = mkdtempSync(join(tmpdir(), "netmonsec-"));
  const settings = ["--set", `store.path=${JSON.stringify(folder)}`, "--set", 'api.listen="127.0.0.1:0"', "--set", 'api.websocket_listen=""'];
  const child = spawn(program, ["read", "--serve", ...captures, join(root, "assets/office.pcapng"), ...settings], { stdio: ["ignore", "ignore", "pipe"] });
  const url = await new Promise((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
      const found = /serving at (http:\S+);/.exec(said);
      if (found) resolve(found[1]);
    });
    child.on("exit", (code) => reject(new Error(`it ended (${code}): ${said}`)));
  });
  return { child, url, folder };
}

const { child, url, folder } = await serve();
mkdirSync(shots, { recursive: true });
const chrome = await chromium.launch({ executablePath: browser, args: FLAGS });
const troubles = [];

async function open(path, theme = "dark", width = 1440, height = 900) {
  const context = await chrome.newContext({ viewport: { width, height }, colorScheme: theme });
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && troubles.push(`${path}: ${message.text()}`));
  page.on("pageerror", (error) => troubles.push(`${path}: ${error}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob|ws):/.test(request.url())) troubles.push(`${path}: asks ${request.url()}`);
  });
  await page.goto(url + path, { waitUntil: "load" });
  await page.waitForSelector("h1");
  await page.waitForFunction(() => !document.querySelector(".skeleton"), undefined, { timeout: 10_000 });
  return page;
}

async function answer(path) {
  return (await fetch(`${url}/api/v1/${path}`)).json();
}

const device = (await answer("devices?limit=1&sort=-risk")).items[0].id;
const alert = (await answer("alerts?severity=high")).items[0];
const PAGES = [
  ["overview", "/?range=24h"],
  ["devices", "/devices"],
  ["device", `/devices/${device}?range=24h`],
  ["device-identity", `/devices/${device}?tab=identity`],
  ["flows", "/flows"],
  ["flows-history", "/flows?mode=history&range=24h&filter=protocol%20%3D%20dns"],
  ["alerts", "/alerts"],
  ["alert", `/alerts?alert=${alert.id}`],
  ["topology", "/topology"],
  ["protocols", "/protocols?range=24h"],
  ["history", "/history?range=24h&compare=before"],
  ["capture", "/capture"],
  ["settings", "/settings"],
];

for (const [name, path] of PAGES) {
  for (const theme of ["dark", "light"]) {
    await test(`${name}_${theme}`, async () => {
      troubles.length = 0;
      const page = await open(path, theme);
      await page.waitForTimeout(name === "topology" ? 1500 : 300);
      await page.screenshot({ path: join(shots, `${name}-${theme}.png`) });
      await page.addScriptTag({ content: axe }).catch(() => page.evaluate(axe));
      const found = await page.evaluate(() => globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] }));
      const serious = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
      const text = serious.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html).join(" | ")}`).join("\n");
      await page.context().close();
      check(serious.length === 0, text);
      const own = troubles.filter((text) => !text.includes("Content Security Policy"));
      check(own.length === 0, own.join("\n"));
    });
  }
  await test(`${name}_on_a_phone`, async () => {
    const page = await open(path, "dark", 390, 844);
    await page.waitForTimeout(name === "topology" ? 1500 : 300);
    await page.screenshot({ path: join(shots, `${name}-phone.png`) });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    await page.context().close();
    check(wide <= 390, `the page is ${wide} pixels wide`);
  });
}

await test("the_policy_is_kept", async () => {
  troubles.length = 0;
  const page = await open("/devices");
  await page.context().close();
  check(troubles.length === 0, troubles.join("\n"));
});

await test("from_the_alert_to_the_flows", async () => {
  const page = await open("/");
  await page.keyboard.press("g");
  await page.keyboard.press("a");
  await page.waitForSelector('table[aria-label="Alerts"] tbody tr.opens');
  const title = (await page.locator('table[aria-label="Alerts"] tbody tr.opens td').nth(1).innerText()).trim();
  await page.locator('table[aria-label="Alerts"] tbody tr.opens td').nth(1).click();
  await page.waitForSelector('[role="dialog"] h2');
  check((await page.locator('[role="dialog"] h2').first().innerText()).trim() === title, "another alert opened");
  await page.getByRole("button", { name: "Mute exactly this" }).click();
  await page.waitForFunction(() => document.querySelector('[role="dialog"]')?.textContent?.includes("muted"));
  await page.getByRole("link", { name: "Show flows" }).click();
  await page.waitForFunction(() => location.pathname === "/flows" && location.search.includes("filter="));
  await page.getByRole("button", { name: "History" }).click();
  await page.waitForSelector("table tbody tr.opens");
  await page.locator("table tbody tr.opens").first().click();
  await page.waitForSelector('[role="dialog"] dl');
  await page.keyboard.press("Escape");
  await page.waitForSelector('[role="dialog"]', { state: "detached" });
  await page.goBack();
  await page.context().close();
});

await test("one_box_finds_a_device", async () => {
  const page = await open("/");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search" }).fill(device.replace("mac-", "").replace(/(..)(?=.)/g, "$1:"));
  await page.waitForFunction(() => document.querySelector("#found button")?.textContent?.startsWith("device"));
  await page.keyboard.press("Enter");
  await page.waitForFunction((id) => location.pathname.endsWith(id), device);
  await page.context().close();
});

await test("an_error_in_a_filter_points_at_its_column", async () => {
  const page = await open("/flows");
  await page.getByRole("combobox", { name: "Filter" }).fill("protocol = = tls");
  await page.keyboard.press("Enter");
  const said = await page.locator(".wrong").innerText();
  check(said.includes("column"), said);
  await page.context().close();
});

await test("first_paint_and_size", async () => {
  const page = await open("/");
  const measured = await page.evaluate(() => {
    const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1;
    const scripts = performance.getEntriesByType("resource").filter((one) => one.name.endsWith(".js"));
    return { paint, bytes: scripts.reduce((sum, one) => sum + one.encodedBodySize, 0) };
  });
  await page.context().close();
  console.log(`first contentful paint ${Math.round(measured.paint)} ms, ${Math.round(measured.bytes / 1000)} kB of JavaScript for the first page`);
  check(measured.bytes > 0 && measured.bytes <= 220_000, `${measured.bytes} bytes of JavaScript`);
});

await chrome.close();
child.kill("SIGINT");
rmSync(folder, { recursive: true });
console.log(`\ntest result: ${failed === 0 ? "ok" : "FAILED"}. ${passed} passed; ${failed} failed; 0 ignored`);
process.exit(failed === 0 ? 0 : 1);
