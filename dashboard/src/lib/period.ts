// Ranges as seconds, and the one before of the same length.
import { instant } from "./format";
import type { Range } from "./route";
import type { Series } from "./types";

const UNITS: Record<string, number> = { m: 60, h: 3600, d: 86_400 };

/** Second that a time of the API is. */
export function second(text: string, now: number): number {
  const ago = /^-(\d+)([mhd])$/.exec(text);
  if (ago) return Math.floor(now / 1000) - Number(ago[1]) * (UNITS[ago[2] ?? ""] ?? 0);
  return /^\d+$/.test(text) ? Number(text) : Math.floor(instant(text) / 1000);
}

/** The range of the same length before one. */
export function before(range: Range, now: number): { from: string; to: string } {
  const from = second(range.from, now);
  const to = range.to ? second(range.to, now) : Math.floor(now / 1000);
  return { from: String(2 * from - to), to: String(from) };
}

export interface Move {
  key: string;
  now: number;
  before: number;
}

const volume = (series: Series): number => series.points.reduce((sum, [, inBytes, outBytes]) => sum + inBytes + outBytes, 0);

/** Whose bytes changed most between two periods, most first; by bytes, not by ratio: 1 kB to 9 kB is no news. */
export function moves(now: Series[], before: Series[]): Move[] {
  const named = (series: Series[]) => new Map(series.filter((one) => one.key && one.key !== "other").map((one) => [one.key, volume(one)]));
  const [after, earlier] = [named(now), named(before)];
  return [...new Set([...after.keys(), ...earlier.keys()])]
    .map((key) => ({ key, now: after.get(key) ?? 0, before: earlier.get(key) ?? 0 }))
    .filter((move) => move.now !== move.before)
    .sort((a, b) => Math.abs(b.now - b.before) - Math.abs(a.now - a.before));
}

const DAY_S = 86_400;
/** Days that a usual one is the mean of. */
const DAYS = 7;
/** Fewer whole days tell of no usual one. */
const FEWEST = 2;

/** Bytes of the last 24 hours, and of a usual day of the week before, of which as many count as it was there. */
export function usual(points: Series["points"], now: number, firstSeen: number): { today: number; usual?: number } {
  const dayAgo = now - DAY_S;
  const between = (from: number, to: number) => points.reduce((sum, [at, inBytes, outBytes]) => (at >= from && at < to ? sum + inBytes + outBytes : sum), 0);
  const days = Math.min(DAYS, Math.floor((dayAgo - firstSeen) / DAY_S));
  return { today: between(dayAgo, now + DAY_S), ...(days < FEWEST ? {} : { usual: between(dayAgo - days * DAY_S, dayAgo) / days }) };
}
