// Every page in Debian's Chromium against the real program: no console errors, no request to others,
// axe-core without serious findings in both themes, and a screenshot of each.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { front, serve } from "./instance.mjs";
import { testLogin } from "./login.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const program = process.env.NETMONSEC_BIN ?? join(root, "target/release/netmonsec");
const browser = process.env.CHROMIUM ?? "/usr/bin/chromium";
const shots = join(here, "../test-results");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];

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

const { child, url: instance, folder } = await serve(program);
const { url, close } = await front(instance);
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
  ["analyses", "/analyses"],
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

await test("a_capture_is_handed_in_and_looked_at", async () => {
  troubles.length = 0;
  const page = await open("/analyses");
  const file = join(root, "assets/office.pcapng");
  await page.locator('input[type="file"]').setInputFiles(file);
  await page.getByRole("link", { name: "office.pcapng" }).waitFor({ timeout: 60_000 });
  await page.screenshot({ path: join(shots, "analyses-one.png") });
  await page.getByRole("link", { name: "office.pcapng" }).click();
  await page.waitForSelector(".not-live strong");
  check((await page.locator(".not-live").innerText()).includes("office.pcapng"), "nothing says that this is a capture");
  await page.getByRole("link", { name: "Devices", exact: true }).click();
  await page.waitForSelector('table[aria-label="Devices"] tbody tr.opens');
  check(new URL(page.url()).pathname.endsWith("/devices") && page.url().includes("/analyses/"), page.url());
  const id = page.url().split("/analyses/")[1].split("/")[0];
  const own = (await answer(`analyses/${id}/devices?limit=1`)).total;
  const all = (await answer("devices?limit=1")).total;
  check(own > 20 && own < all, `${own} devices of ${all}`);
  for (const place of ["Overview", "Flows", "Alerts", "Topology", "Protocols", "History", "Capture"]) {
    await page.locator("nav").getByRole("link", { name: new RegExp(`^${place}`) }).click();
    await page.waitForSelector("h1");
    await page.waitForFunction(() => !document.querySelector(".skeleton"), undefined, { timeout: 10_000 });
    await page.screenshot({ path: join(shots, `capture-${place.toLowerCase()}.png`) });
    check((await page.locator(".note.error").count()) === 0, `${place}: ${await page.locator(".note.error").allInnerTexts()}`);
  }
  await page.addScriptTag({ content: axe }).catch(() => page.evaluate(axe));
  const found = await page.evaluate(() => globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] }));
  check(found.violations.every((one) => !["serious", "critical"].includes(one.impact)), JSON.stringify(found.violations.map((one) => one.id)));
  // Shared, it opens at the same place.
  await page.reload({ waitUntil: "load" });
  await page.waitForSelector(".not-live strong");
  await page.getByRole("link", { name: "Back to the network" }).click();
  await page.waitForSelector(".dot.live");
  await page.goto(`${url}/analyses`, { waitUntil: "load" });
  await page.getByRole("button", { name: "Delete office.pcapng" }).click();
  await page.getByRole("button", { name: "Delete office.pcapng" }).waitFor({ state: "detached" });
  const bad = join(folder, "notes.txt");
  writeFileSync(bad, "this is no capture");
  await page.locator('input[type="file"]').setInputFiles(bad);
  await page.locator('li [role="alert"]').waitFor();
  const told = await page.locator("li", { hasText: "notes.txt" }).innerText();
  check(/capture/.test(told), told);
  await page.context().close();
  const ours = troubles.filter((text) => !text.includes("Content Security Policy"));
  check(ours.length === 0, ours.join("\n"));
});

await test("a_view_gets_a_name_and_a_flow_a_page", async () => {
  const page = await open("/flows?mode=history&range=24h&filter=protocol%20%3D%20dns");
  await page.getByRole("button", { name: "Save this view" }).click();
  await page.getByRole("textbox", { name: "Name of the view" }).fill("names <b>asked</b>");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.goto(`${url}/flows?range=24h`, { waitUntil: "load" });
  await page.getByRole("link", { name: "names <b>asked</b>" }).click();
  await page.waitForFunction(() => location.search.includes("dns") && location.search.includes("range=24h"));
  await page.waitForSelector("table tbody tr.opens");
  await page.locator("table tbody tr.opens").first().click();
  await page.getByRole("link", { name: "Open as a page" }).click();
  await page.waitForFunction(() => /^\/flows\/\d{8}-\d+$/.test(location.pathname));
  await page.waitForSelector("table.sides");
  await page.screenshot({ path: join(shots, "flow-page.png") });
  check((await page.locator("h1").innerText()).startsWith("dns to"), await page.locator("h1").innerText());
  await page.goBack();
  await page.getByRole("button", { name: /^Forget/ }).click();
  await page.getByRole("button", { name: /^Forget/ }).waitFor({ state: "detached" });
  await page.goto(`${url}/flows/20200101-1`, { waitUntil: "load" });
  await page.waitForSelector(".note.error");
  await page.context().close();
});

await test("a_card_tells_of_a_device_and_columns_have_widths", async () => {
  const page = await open("/devices");
  const chip = page.locator("table tbody tr.opens a.chip").first();
  await chip.hover();
  await page.waitForSelector('[role="tooltip"]');
  const told = await page.locator('[role="tooltip"]').innerText();
  check(told.includes((await chip.innerText()).trim()) && /% sure|unknown/.test(told), told);
  await page.screenshot({ path: join(shots, "device-card.png") });
  await page.keyboard.press("Escape");
  await page.waitForSelector('[role="tooltip"]', { state: "detached" });
  const head = page.locator("thead th").first();
  const before = (await head.boundingBox()).width;
  const grip = await head.locator(".grip").boundingBox();
  await page.mouse.move(grip.x + 3, grip.y + 8);
  await page.mouse.down();
  await page.mouse.move(grip.x + 103, grip.y + 8);
  await page.mouse.up();
  const wide = async () => Math.round((await page.locator("thead th").first().boundingBox()).width - before);
  check(Math.abs((await wide()) - 100) < 4, `${await wide()}`);
  await page.reload({ waitUntil: "load" });
  await page.waitForSelector("table tbody tr.opens");
  check(Math.abs((await wide()) - 100) < 4, `${await wide()} after a reload`);
  await page.locator("thead th .grip").first().dblclick();
  check(Math.abs(await wide()) < 12, `${await wide()} after a double click`);
  await page.context().close();
});

await test("an_alert_has_a_page", async () => {
  const page = await open("/alerts");
  await page.locator('table[aria-label="Alerts"] tbody tr.opens').first().click();
  const title = (await page.locator('[role="dialog"] h2').first().innerText()).trim();
  await page.getByRole("link", { name: "Open as a page" }).click();
  await page.waitForFunction(() => /^\/alerts\/\w+$/.test(location.pathname));
  await page.waitForFunction((title) => document.querySelector("h1")?.textContent?.trim() === title, title);
  const told = await page.locator("main").innerText();
  check(/Harmless causes/.test(told) && /What to look at next/.test(told), told);
  await page.screenshot({ path: join(shots, "alert-page.png") });
  await page.goto(`${url}/alerts/0000000000000000`, { waitUntil: "load" });
  await page.waitForSelector(".note.error");
  await page.context().close();
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
  await page.getByRole("button", { name: /^Mute exactly this/ }).click();
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

await test("a_cell_filters", async () => {
  const page = await open("/flows?mode=history&range=24h");
  const row = page.locator("table tbody tr.opens").first();
  await row.locator("td").nth(3).hover();
  await row.focus();
  await page.keyboard.press("f");
  await page.getByRole("menuitem", { name: "Only this" }).click();
  await page.waitForFunction(() => /filter=(protocol|application)/.test(location.search));
  await page.waitForSelector("table tbody tr.opens");
  await page.locator("table tbody tr.opens td").nth(1).click({ button: "right" });
  await page.getByRole("menuitem", { name: "Not this" }).click();
  await page.waitForFunction(() => decodeURIComponent(location.search).includes("not+(src_ip"));
  await page.waitForFunction(() => !document.querySelector(".wrong"));
  await page.context().close();
});

await test("columns_go_and_stay_away", async () => {
  const page = await open("/devices");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "vendor" }).uncheck();
  await page.waitForFunction(() => ![...document.querySelectorAll("th")].some((th) => th.textContent?.includes("vendor")));
  await page.reload();
  await page.waitForSelector("table tbody tr.opens");
  check(!(await page.locator("thead").innerText()).includes("vendor"), "it came back");
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

await close();
child.kill("SIGINT");
rmSync(folder, { recursive: true });
await testLogin({ test, check, chrome, program, axe, shots });
await chrome.close();
console.log(`\ntest result: ${failed === 0 ? "ok" : "FAILED"}. ${passed} passed; ${failed} failed; 0 ignored`);
process.exit(failed === 0 ? 0 : 1);
