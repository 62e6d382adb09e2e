// A protocol, application or device keeps its colour on every page.

const SERIES = 10;

/** One of ten, by name; "other" is grey, and what is unknown nearly so. */
export function seriesOf(name: string): string {
  if (name === "" || name === "other") return "var(--muted)";
  if (name === "unknown") return "var(--series-9)";
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
