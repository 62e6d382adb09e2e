// Fails if src/lib/openapi.d.ts is not what docs/openapi.json makes.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

process.chdir(join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, ".."));
const folder = mkdtempSync(join(tmpdir(), "types-"));
const made = join(folder, "openapi.d.ts");
execFileSync(process.execPath, ["node_modules/openapi-typescript/bin/cli.js", "../docs/openapi.json", "-o", made], { stdio: "ignore" });
const same = readFileSync(made, "utf8") === readFileSync("src/lib/openapi.d.ts", "utf8");
rmSync(folder, { recursive: true });
if (!same) {
  console.error("src/lib/openapi.d.ts is not made from today's docs/openapi.json: run `npm run types`.");
  process.exit(1);
}
console.log("src/lib/openapi.d.ts is up to date");
