// An instance that asks who is there: nothing is shown before the login, and a role is what one may do.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { front, serve } from "./instance.mjs";

const USERS = [
  ["alice", "operator", "correct horse battery staple"],
  ["vera", "viewer", "another long enough password"],
];

export async function testLogin({ test, check, chrome, program, axe, shots }) {
  const add = (folder) => {
    for (const [name, role, password] of USERS) {
      execFileSync(program, ["user", "add", name, "--role", role, "--set", `store.path=${JSON.stringify(folder)}`], { cwd: folder, input: `${password}\n`, stdio: ["pipe", "ignore", "ignore"] });
    }
  };
  const { child, url: instance, folder } = await serve(program, ['api.login="on"'], add);
  const { url, close } = await front(instance);

  async function open(path, colorScheme = "dark") {
    const context = await chrome.newContext({ viewport: { width: 1440, height: 900 }, colorScheme });
    const page = await context.newPage();
    await page.goto(url + path);
    await page.waitForSelector("form.login");
    return page;
  }

  async function enter(page, [name, , password]) {
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
  }

  for (const theme of ["dark", "light"]) {
    await test(`login_${theme}`, async () => {
      const page = await open("/devices", theme);
      check(!(await page.locator("body").innerText()).includes("192.168."), "something is shown before the login");
      await page.screenshot({ path: join(shots, `login-${theme}.png`) });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] }));
      await page.context().close();
      const serious = violations.filter((one) => ["serious", "critical"].includes(one.impact));
      check(serious.length === 0, serious.map((one) => one.id).join(", "));
    });
  }

  await test("an_operator_logs_in_and_out", async () => {
    const page = await open("/alerts");
    await enter(page, ["alice", "operator", "a wrong password it is"]);
    await page.waitForSelector('form.login [role="alert"]');
    await enter(page, USERS[0]);
    await page.locator('table[aria-label="Alerts"] tbody tr.opens').first().click();
    await page.getByRole("button", { name: /^Acknowledge/ }).waitFor();
    await page.keyboard.press("a");
    await page.waitForFunction(() => document.querySelector('[role="dialog"]')?.textContent?.includes("acknowledged"));
    await page.waitForSelector(".dot.live");
    await page.goto(`${url}/settings`);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForSelector("form.login");
    await page.context().close();
  });

  await test("a_viewer_only_looks", async () => {
    const page = await open("/alerts");
    await enter(page, USERS[1]);
    await page.locator('table[aria-label="Alerts"] tbody tr.opens').first().click();
    await page.waitForSelector('[role="dialog"] dl');
    check((await page.getByRole("button", { name: /^Acknowledge/ }).count()) === 0, "a viewer may acknowledge");
    await page.context().close();
  });

  await close();
  child.kill("SIGINT");
  rmSync(folder, { recursive: true });
}
