// An instance to test with, and the dashboard before it.
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const CAPTURES = ["portscan_nmap_connect", "brute_ssh_medusa", "beacon_https_jitter", "exfil_curl_https_30MB", "dnstunnel_iodine_null"];

/** Starts the program on captures, and waits until it serves. `prepare` gets the folder of its data before. */
export async function serve(program, more = [], prepare = () => {}) {
  const captures = CAPTURES.map((name) => join(root, `crates/netmonsec/tests/captures/attacks/${name}.pcap`));
  // Users are kept there.
  const folder = mkdtempSync(join(tmpdir(), "netmonsec-"));
  prepare(folder);
  const settings = ["--set", `store.path=${JSON.stringify(folder)}`, "--set", 'api.listen="127.0.0.1:0"', "--set", 'api.websocket_listen=""', ...more.flatMap((one) => ["--set", one])];
  // Elsewhere than in the project: its own configuration is not what is tested.
  const child = spawn(program, ["read", "--serve", ...captures, join(root, "assets/office.pcapng"), ...settings], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
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

/** The dashboard at `instance`: the program's own, or what is in dist before a program that was built without one. */
export async function front(instance) {
  const own = await fetch(`${instance}/`, { headers: { accept: "text/html" } });
  if (own.ok && own.headers.get("content-type")?.includes("html") && !process.env.NETMONSEC_DIST) return { url: instance, close: () => {} };
  process.env.NETMONSEC_URL = instance;
  const { preview } = await import("vite");
  const server = await preview({ root: join(here, ".."), preview: { host: "127.0.0.1", port: 0 } });
  console.log("the files of dashboard/dist are tested: this program was built without them");
  return { url: server.resolvedUrls.local[0].replace(/\/$/, ""), close: () => server.close() };
}
