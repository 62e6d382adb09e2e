// A stand-in for an instance of a large network: 10,000 devices, 100,000 flows, a feed of 5,000 updates a second,
// a graph of 2,000 nodes and 6,000 links. It serves dashboard/dist and what its pages ask for, and nothing else.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const DEVICES = 10_000;
const FLOWS = 100_000;
const UPDATES_A_SECOND = 5000;
/** Of the updates, so many are devices; the rest are flows. */
const DEVICE_UPDATES = 1000;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json", ".webmanifest": "application/json" };
const PROTOCOLS = ["tls", "quic", "dns", "http", "ssh", "ntp", "mdns", "smb"];

let seed = 7;
const random = (n) => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed % n;
};
const time = (ago = 0) => new Date(Date.now() - ago * 1000).toISOString();
const ip = (n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;

function device(n) {
  const volume = () => ({ in_bytes: random(1e9), out_bytes: random(1e8), in_packets: random(1e6), out_packets: random(1e6) });
  return {
    id: `mac-0251${String(n).padStart(8, "0")}`, name: `station-${n}`, macs: [`02:51:00:00:${(n >> 8).toString(16).padStart(2, "0")}:${(n & 255).toString(16).padStart(2, "0")}`],
    ips: [ip(n)], vendor: ["Apple", "Dell", "Intel", "Samsung"][n % 4], type: ["computer", "phone", "printer", "server"][n % 4], os: { name: "Linux", confidence: 0.9 }, roles: [],
    services: n % 5, internet: volume(), local: volume(), vlans: [], first_seen: time(1e6), last_seen: time(random(60)), online: true, risk_score: n % 97 === 0 ? 40 : 0, presence: [],
  };
}

let flowNumber = 0;
function flow() {
  const n = (flowNumber += 1);
  return {
    id: n.toString(16).padStart(16, "0"), community_id: "1:x", start: time(5), end: time(), duration_ms: random(5000), transport: "tcp", src_ip: ip(random(DEVICES)), src_port: 1024 + random(60_000),
    dst_ip: `198.51.${random(256)}.${random(256)}`, dst_port: 443, direction: "outbound", state: "closed", end_reason: "fin", protocol: PROTOCOLS[n % 8], hostname: `host-${random(5000)}.example`, hostname_source: "sni",
    src_packets: random(100), dst_packets: random(100), src_bytes: random(1e5), dst_bytes: random(1e6), rtt_avg_ms: random(100), risks: [],
  };
}

const devices = Array.from({ length: DEVICES }, (_, n) => device(n));
const flows = Array.from({ length: FLOWS }, flow);

const stats = () => ({
  time: time(), uptime_s: 3600, packets_per_second: 100_000, bits_per_second: 5e8 + random(1e8), open_flows: FLOWS, flows: flowNumber, evicted: 0, records_shed: 0, events_shed: 0,
  drops: { received: 1e9, processed: 1e9, undecodable: 0, filtered: 0, shed: 0, kernel: 0 }, interfaces: [], top: [], devices: DEVICES, devices_online: DEVICES, alerts_open: 0, incidents_open: 0,
});

function graph() {
  const nodes = Array.from({ length: 2000 }, (_, n) => ({ id: `n${n}`, label: `station-${n}`, kind: "device", type: "computer", subnet: `10.0.${n % 40}.0/24`, bytes: random(1e9) }));
  const links = Array.from({ length: 6000 }, (_, n) => ({ source: `n${n < 2000 ? n : random(2000)}`, target: `n${random(40) * 50}`, kind: "traffic", bytes: random(1e8), flows: random(100), protocol: PROTOCOLS[n % 8] }));
  return { nodes, links: links.filter((link) => link.source !== link.target), facts: { subnets: [], gateways: [], dns_servers: [], dhcp_servers: [], ntp_servers: [], neighbours: [], bridges: [] } };
}

function series(by) {
  const now = Math.floor(Date.now() / 60_000) * 60;
  const lost = (n) => (by === "capture" ? (n % 20 === 7 ? 500 : 0) : 10);
  const points = Array.from({ length: 60 }, (_, n) => [now - (59 - n) * 60, random(1e9), random(1e8), 1000, lost(n)]);
  const keys = ["total", "capture"].includes(by) ? [""] : PROTOCOLS.slice(0, 6);
  return { step: 60, from: now - 3540, to: now + 60, series: keys.map((key) => ({ key, points })) };
}

function answer(url) {
  const path = url.pathname.slice("/api/v1/".length);
  const limit = Number(url.searchParams.get("limit") ?? 100);
  const page = (all) => {
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const next = from + limit < all.length ? { next: String(from + limit) } : {};
    return { items: all.slice(from, from + limit), total: all.length, ...next };
  };
  if (path === "stats") return stats();
  if (path === "devices") return page(devices);
  if (path.startsWith("devices/")) return devices[17];
  if (path === "flows") return page(url.searchParams.has("live") ? flows.slice(-10_000).reverse() : flows);
  if (path === "topology") return graph();
  if (path === "timeseries") return series(url.searchParams.get("by"));
  if (path === "session") return { name: "local", role: "admin", via: "local" };
  if (["protocols", "applications", "countries"].includes(path)) return { items: PROTOCOLS.map((name) => ({ name, in_bytes: random(1e9), out_bytes: random(1e8), packets: 1000, flows: 100 })) };
  return { items: [], total: 0 };
}

/** Frames of the server's side (RFC 6455 s5.2): whole, unmasked texts. */
function frame(text) {
  const body = Buffer.from(text);
  const head = body.length < 126 ? Buffer.from([0x81, body.length]) : body.length < 65_536 ? Buffer.from([0x81, 126, body.length >> 8, body.length & 255]) : Buffer.alloc(10);
  if (body.length >= 65_536) {
    head[0] = 0x81;
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(body.length), 2);
  }
  return Buffer.concat([head, body]);
}

function feed(socket) {
  const tell = (type, data) => socket.writableLength < 32 << 20 && socket.write(frame(JSON.stringify({ type, data })));
  let tick = 0;
  const timer = setInterval(() => {
    const some = (UPDATES_A_SECOND - DEVICE_UPDATES) / 10;
    tell("flows", Array.from({ length: some }, flow));
    const changed = Array.from({ length: DEVICE_UPDATES / 10 }, () => {
      const row = devices[random(DEVICES)];
      row.last_seen = time();
      row.internet.in_bytes += random(1e6);
      return row;
    });
    tell("devices", changed);
    if ((tick += 1) % 10 === 0) tell("stats", stats());
  }, 100);
  const end = () => clearInterval(timer);
  socket.on("close", end).on("error", end).resume();
}

/** Serves the dashboard that is in `dist`; gives its address and how to end it. */
export async function serve(dist) {
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://localhost");
    if (url.pathname.startsWith("/api/v1/")) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(answer(url)));
      return;
    }
    const file = extname(url.pathname) ? normalize(url.pathname) : "/index.html";
    try {
      const body = readFileSync(join(dist, file));
      response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  server.on("upgrade", (request, socket) => {
    const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
    feed(socket);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.closeAllConnections() ?? server.close() };
}
