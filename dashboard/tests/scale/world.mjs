// A made network of any size, in the shapes of docs/openapi.json and docs/records.md; the same each time.

/** Numbers from 0 to 1 that look random, and are the same in each run (mulberry32). */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const TYPES = ["computer", "laptop", "phone", "printer", "camera", "tv", "nas", "voip-phone", "thermostat", "switch"];
const VENDORS = ["Super Micro Computer, Inc.", "HP", "Apple, Inc.", "Samsung Electronics", "Axis", "Brother", "Cisco", "Dell Inc."];
const SYSTEMS = ["Debian 12", "Windows 11", "macOS 15", "Android 14", "iOS 18", "Linux 6"];
const PROTOCOLS = ["tls", "quic", "dns", "http", "ssh", "smb", "mdns", "ntp", "snmp", "dhcp", "rtp", "unknown"];
const HOSTS = ["video.example", "mail.example", "updates.example", "backup.example", "news.example", "chat.example", "cdn.example", "api.example"];
const PER_SUBNET = 250;

const iso = (ms) => new Date(ms).toISOString();
const hex = (number, digits) => number.toString(16).padStart(digits, "0");

export function world({ devices: many, nodes: nodesWanted, links: linksWanted }, now = Date.now()) {
  const roll = dice(7);
  const pick = (list) => list[Math.floor(roll() * list.length)];
  const skewed = (most) => Math.floor(most * roll() ** 6);

  const ipOf = (i) => `10.${Math.floor(i / PER_SUBNET / 250)}.${Math.floor(i / PER_SUBNET) % 250}.${1 + (i % PER_SUBNET)}`;
  const subnetOf = (i) => `${ipOf(i).split(".").slice(0, 3).join(".")}.0/24`;
  const volume = () => ({ in_bytes: skewed(4e10), out_bytes: skewed(8e9), in_packets: skewed(4e7), out_packets: skewed(2e7) });
  const hour = Math.floor(now / 3_600_000) * 3_600_000;

  const devices = Array.from({ length: many }, (_, i) => {
    const mac = `02:00:00:${hex(i >> 16, 2)}:${hex((i >> 8) & 255, 2)}:${hex(i & 255, 2)}`;
    const type = pick(TYPES);
    return {
      id: `mac-${mac.replaceAll(":", "")}`,
      name: `${type}-${i}.office.example`,
      macs: [mac],
      ips: [ipOf(i), `fe80::200:ff:fe${hex(i >> 16, 2)}:${hex(i & 0xffff, 4)}`],
      vendor: pick(VENDORS),
      type,
      os: { name: pick(SYSTEMS), confidence: 0.5 + roll() / 2 },
      roles: [],
      services: Math.floor(roll() * 8),
      internet: volume(),
      local: volume(),
      vlans: i % 3 === 0 ? [] : [10 + (Math.floor(i / PER_SUBNET) % 40)],
      first_seen: iso(now - Math.floor(roll() * 60 * 86_400_000)),
      last_seen: iso(now - Math.floor(roll() * 600_000)),
      online: roll() < 0.8,
      risk_score: roll() < 0.05 ? Math.floor(roll() * 100) : 0,
      presence: Array.from({ length: 24 }, (_, h) => ({ hour: iso(hour - h * 3_600_000), minutes: Math.floor(roll() * 60) })),
    };
  });

  let flows = 0;
  /** One more flow that ended just now. */
  const flow = (time) => {
    flows += 1;
    const at = Math.floor(roll() * many);
    const device = devices[at];
    const protocol = pick(PROTOCOLS);
    const inside = roll() < 0.4;
    const peer = Math.floor(roll() * many);
    const duration = skewed(600_000);
    return {
      category: "network",
      community_id: `1:${hex(flows, 8)}AAAAAAAAAAAAAAAAAAA=`,
      confidence: "proven",
      direction: inside ? "lateral" : "outbound",
      duration_ms: duration,
      encrypted: protocol === "tls" || protocol === "quic" || protocol === "ssh",
      start: iso(time - duration),
      end: iso(time),
      end_reason: "closed",
      evidence: "made for a measurement",
      id: hex(flows, 16),
      ref: `made-${flows}`,
      interface: "eth0",
      protocol,
      src_ip: device.ips[0],
      src_mac: device.macs[0],
      src_device: device.id,
      src_port: 32768 + (flows % 28000),
      src_bytes: 60 + skewed(1e8),
      src_packets: 1 + skewed(1e5),
      src_payload_bytes: skewed(1e8),
      dst_ip: inside ? devices[peer].ips[0] : `198.51.100.${1 + (flows % 250)}`,
      ...(inside ? { dst_device: devices[peer].id, dst_mac: devices[peer].macs[0] } : { hostname: `h${flows % 900}.${pick(HOSTS)}`, hostname_source: "sni", dst_country: "DE" }),
      dst_port: protocol === "dns" ? 53 : 443,
      dst_bytes: 60 + skewed(1e9),
      dst_packets: 1 + skewed(1e6),
      dst_payload_bytes: skewed(1e9),
      rtt_avg_ms: Math.round(roll() * 80_000) / 1000,
      state: "closed",
      transport: protocol === "dns" || protocol === "quic" ? "udp" : "tcp",
      ...(roll() < 0.02 ? { risks: ["self-signed-certificate"] } : {}),
    };
  };

  /** A device after some more seconds. */
  const touched = (at, time) => {
    const device = devices[at % many];
    const internet = { ...device.internet, in_bytes: device.internet.in_bytes + skewed(1e6), out_bytes: device.internet.out_bytes + skewed(1e5) };
    devices[at % many] = { ...device, internet, last_seen: iso(time), online: true };
    return devices[at % many];
  };

  const graph = () => {
    const outside = Math.min(40, Math.floor(nodesWanted / 10));
    const inside = nodesWanted - outside;
    const nodes = [
      ...Array.from({ length: outside }, (_, i) => ({ id: `internet:${i}`, label: `Organisation ${i}`, kind: "internet", bytes: 1 + skewed(1e12) })),
      ...devices.slice(0, inside).map((device, i) => ({ id: device.id, label: device.name, kind: "device", type: device.type, subnet: subnetOf(i), bytes: device.internet.in_bytes + device.local.in_bytes })),
    ];
    const links = [];
    const known = new Set();
    while (links.length < linksWanted) {
      const i = Math.floor(roll() * inside);
      const source = devices[i].id;
      // Most talk to few: the internet, and whoever is near.
      const near = PER_SUBNET * Math.floor(i / PER_SUBNET) + Math.floor(roll() ** 3 * PER_SUBNET);
      const target = roll() < 0.45 ? `internet:${Math.floor(roll() ** 2 * outside)}` : devices[Math.min(inside - 1, roll() < 0.8 ? near : Math.floor(roll() * inside))].id;
      if (source === target || known.has(`${source} ${target}`)) continue;
      known.add(`${source} ${target}`);
      links.push({ source, target, kind: "talks", bytes: 100 + skewed(1e11), flows: 1 + skewed(1e4), protocol: pick(PROTOCOLS) });
    }
    const subnets = [...new Set(devices.slice(0, inside).map((_, i) => subnetOf(i)))];
    return { nodes, links, facts: { gateways: [], switches: [], dns_servers: [], dhcp_servers: [], ntp_servers: [], neighbours: [], subnets: subnets.map((network) => ({ network, announced: false, addresses: PER_SUBNET, gateways: [] })) } };
  };

  const stats = (time, flowsSeen) => ({
    time: iso(time),
    uptime_s: 3600,
    packets_per_second: 250_000,
    bits_per_second: 1.6e9,
    open_flows: 100_000,
    flows: flowsSeen,
    evicted: 0,
    records_shed: 0,
    events_shed: 0,
    drops: { received: 9e8, processed: 9e8, undecodable: 0, filtered: 0, shed: 0, kernel: 0 },
    undecodable: [],
    interfaces: [{ name: "eth0", link: "up", packets: 9e8, bytes: 7e11, kernel_drops: 0, freezes: 0 }],
    top: [],
    devices: many,
    devices_online: devices.filter((device) => device.online).length,
    alerts_open: 0,
    incidents_open: 0,
  });

  const series = (keys, time) => {
    const to = Math.floor(time / 1000);
    const from = Math.floor((to - 3600) / 60) * 60;
    const points = () => Array.from({ length: 60 }, (_, i) => [from + 60 * i, skewed(6e9), skewed(2e9), 9000, 700]);
    return { step: 60, from, to, series: keys.map((key) => ({ key, points: points() })) };
  };
  const shares = () => PROTOCOLS.map((name) => ({ name, in_bytes: skewed(1e12), out_bytes: skewed(1e11), packets: 1e6, flows: 1e5 }));

  return { devices, flow, touched, graph: graph(), stats, series, shares, protocols: PROTOCOLS };
}
