// A stand-in of the program at any size: the built dashboard, the API's routes with made data, and the feed
// of events. What it cannot do is filter: it takes a filter for a text that a record contains.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { world } from "./world.mjs";

const dist = join(dirname(fileURLToPath(import.meta.url)), "../../dist");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".webmanifest": "application/manifest+json" };
/** Flows that are kept for those who ask; the program keeps as many. */
const KEPT = 10_000;
/** Flows of one message, as the program sends them. */
const BATCH = 1000;
/** RFC 6455 s1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** A text frame from the server, unmasked (RFC 6455 s5.2). */
function frame(text) {
  const body = Buffer.from(text);
  if (body.length < 126) return Buffer.concat([Buffer.from([0x81, body.length]), body]);
  const head = body.length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = 0x81;
  head[1] = body.length < 65_536 ? 126 : 127;
  if (body.length < 65_536) head.writeUInt16BE(body.length, 2);
  else head.writeBigUInt64BE(BigInt(body.length), 2);
  return Buffer.concat([head, body]);
}

/** What a client says, if it is a short text: all that this client's messages are. */
function said(chunk) {
  if ((chunk[0] & 15) !== 1) return undefined;
  let length = chunk[1] & 127;
  let at = 2;
  if (length === 126) {
    length = chunk.readUInt16BE(2);
    at = 4;
  }
  const mask = chunk.subarray(at, at + 4);
  return Buffer.from(chunk.subarray(at + 4, at + 4 + length).map((byte, i) => byte ^ mask[i & 3])).toString();
}

/** Starts it: `perSecond` updates, a fifth of them devices. */
export async function start({ devices = 10_000, perSecond = 5000, nodes = 2000, links = 6000, port = 0 } = {}) {
  const made = world({ devices, nodes, links });
  let flowsSeen = 0;
  let latest = [];
  const flowsEach = Math.round(perSecond * 0.8);
  const devicesEach = perSecond - flowsEach;
  const grow = (n) => {
    const now = Date.now();
    const fresh = Array.from({ length: n }, () => made.flow(now));
    flowsSeen += n;
    latest = [...fresh.toReversed(), ...latest].slice(0, KEPT);
    return fresh;
  };
  grow(KEPT);

  const page = (all, query) => {
    const [limit, from] = [Number(query.get("limit") ?? 100), Number(query.get("cursor") ?? 0)];
    const end = from + limit;
    return { items: all.slice(from, end), ...(end < all.length ? { next: String(end) } : {}), total: all.length };
  };
  const matching = (all, query) => {
    const words = (query.get("filter") ?? "").toLowerCase().split(/[^\w.:-]+/).filter((word) => word.length > 1 && !/^(and|or|not|protocol|type|name|ip)$/.test(word));
    return words.length ? all.filter((one) => words.every((word) => JSON.stringify(one).toLowerCase().includes(word))) : all;
  };
  const routes = {
    session: () => ({ name: "local", role: "admin", via: "machine" }),
    version: () => ({ name: "netmonsec", version: "0.0.0" }),
    stats: () => made.stats(Date.now(), flowsSeen),
    capture: () => made.stats(Date.now(), flowsSeen),
    devices: (query) => {
      const sort = query.get("sort") ?? "-last_seen";
      const by = (device) => (sort.includes("internet") ? device.internet.in_bytes + device.internet.out_bytes : device.last_seen);
      return page(matching(made.devices, query).toSorted((a, b) => (by(a) < by(b) ? 1 : -1)), query);
    },
    flows: (query) => page(matching(latest, query), query),
    alerts: () => ({ items: [], total: 0 }),
    incidents: () => ({ items: [], total: 0 }),
    topology: () => made.graph,
    timeseries: (query) => {
      const by = query.get("by") ?? "total";
      const keys = by === "total" || by === "capture" ? [""] : by === "device" ? made.devices.slice(0, 6).map((device) => device.id) : made.protocols.slice(0, 6);
      return made.series(keys, Date.now());
    },
    protocols: () => ({ items: made.shares() }),
    applications: () => ({ items: made.shares() }),
    countries: () => ({ items: [] }),
    search: () => ({ items: [] }),
    config: () => ({ source: "made", values: {} }),
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://localhost");
    if (url.pathname.startsWith("/api/v1/")) {
      const route = url.pathname.slice("/api/v1/".length);
      const one = /^devices\/([^/]+)$/.exec(route)?.[1];
      const answer = one ? made.devices.find((device) => device.id === decodeURIComponent(one)) : routes[route]?.(url.searchParams);
      response.writeHead(answer ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? { title: "missing", status: 404, detail: "there is no such thing here" }));
      return;
    }
    const wanted = join(dist, normalize(url.pathname));
    const file = wanted.startsWith(dist) && extname(wanted) && existsSync(wanted) ? wanted : join(dist, "index.html");
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    response.end(readFileSync(file));
  });

  const clients = new Map();
  const sent = { flows: 0, devices: 0, lagged: 0 };
  const tell = (kind, data) => {
    const message = frame(JSON.stringify({ type: kind, data }));
    for (const [socket, wanted] of clients) {
      if (!wanted.includes(kind)) continue;
      // As with the program, one that does not read holds up nobody.
      if (socket.writableLength > 32 << 20) sent.lagged += 1;
      else {
        socket.write(message);
        if (kind in sent) sent[kind] += data.length;
      }
    }
  };
  server.on("upgrade", (request, socket) => {
    const accept = createHash("sha1").update(request.headers["sec-websocket-key"] + GUID).digest("base64");
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.setNoDelay(true);
    clients.set(socket, []);
    socket.on("data", (chunk) => {
      const text = said(chunk);
      if (!text) return;
      clients.set(socket, JSON.parse(text).subscribe ?? []);
      socket.write(frame(JSON.stringify({ type: "snapshot", data: { stats: routes.stats() } })));
    });
    const gone = () => clients.delete(socket);
    socket.on("close", gone);
    socket.on("error", gone);
  });

  // So many of each by now: a timer that is late catches up.
  const began = Date.now();
  let [flowsDue, devicesDue, seconds] = [0, 0, 0];
  const timer = setInterval(() => {
    if (clients.size === 0) return;
    const now = Date.now();
    const elapsed = (now - began) / 1000;
    if (flowsDue === 0) [flowsDue, devicesDue, seconds] = [elapsed * flowsEach, elapsed * devicesEach, Math.floor(elapsed)];
    if (elapsed * flowsEach - flowsDue >= BATCH) {
      flowsDue += BATCH;
      tell("flows", grow(BATCH));
    }
    if (Math.floor(elapsed) > seconds) {
      seconds = Math.floor(elapsed);
      const due = Math.max(0, Math.min(devices, Math.floor(elapsed * devicesEach - devicesDue)));
      tell("devices", Array.from({ length: due }, (_, i) => made.touched(devicesDue + i | 0, now)));
      devicesDue += due;
      tell("stats", routes.stats());
    }
  }, 20);

  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  const close = () => {
    clearInterval(timer);
    for (const socket of clients.keys()) socket.destroy();
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close, sent, made };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await start({ port: Number(process.argv[2] ?? 8089) });
  console.log(`a made network at ${url}`);
}
