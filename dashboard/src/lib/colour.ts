// A protocol, application or device keeps its colour on every page.

const SERIES = 10;

// What is nearly everywhere never shares a colour with its like.
const COMMON: Record<string, number> = { tls: 0, dhcp: 1, iperf: 1, http: 2, mdns: 3, smb: 3, ssh: 4, dns: 5, ntp: 6, rtp: 6, quic: 7, icmp: 8 };

/** One of ten, by name; "other" is grey, and what is unknown nearly so. */
export function seriesOf(name: string): string {
  if (name === "" || name === "other") return "var(--muted)";
  if (name === "unknown") return "var(--series-9)";
  const common = Object.hasOwn(COMMON, name) ? COMMON[name] : undefined;
  if (common !== undefined) return `var(--series-${common})`;
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    // FNV-1a
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  // Short names differ in few bits; spread them (MurmurHash3's finalizer).
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return `var(--series-${(hash >>> 0) % (SERIES - 1)})`;
}

/** What a custom property is now, for canvases, which know no properties. */
export function resolved(colour: string): string {
  const name = /^var\((--[\w-]+)\)$/.exec(colour)?.[1];
  return name ? getComputedStyle(document.documentElement).getPropertyValue(name).trim() : colour;
}
