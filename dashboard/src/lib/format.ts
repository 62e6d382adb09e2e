// Numbers and times for people: decimal units, three significant digits, the reader's locale.

const three = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });

function scaled(value: number, base: string, units: readonly string[]): string {
  let unit = base;
  let rest = value;
  for (const next of units) {
    // 999.5 would be written as 1 000.
    if (Math.abs(rest) < 999.5) break;
    rest /= 1000;
    unit = next;
  }
  return `${three.format(rest)}\u202f${unit}`;
}

/** 1234567 is "1.23 MB". */
export const bytes = (n: number): string => scaled(n, "B", ["kB", "MB", "GB", "TB", "PB"]);
/** Bits a second. */
export const rate = (n: number): string => scaled(n, "bit/s", ["kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"]);
/** Any number: whole if it is, else three significant digits. */
export const number = (n: number): string => (Number.isInteger(n) ? whole : three).format(n);
/** A number of things, whole. */
export const count = (n: number): string => whole.format(n);
/** A part of one as per cent. */
export const share = (part: number, all: number): string =>
  all > 0 ? `${three.format((100 * part) / all)}\u202f%` : "0\u202f%";

/** Milliseconds as a person says them. */
export function duration(ms: number): string {
  if (ms < 1) return `${three.format(ms * 1000)}\u202fµs`;
  if (ms < 1000) return `${three.format(ms)}\u202fms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${three.format(seconds)}\u202fs`;
  const units = [
    [86400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ] as const;
  const first = units.findIndex(([size]) => seconds >= size);
  const [size, unit] = units[first] ?? [1, "s"];
  const large = Math.floor(seconds / size);
  const below = units[first + 1];
  const small = below ? Math.round((seconds - large * size) / below[0]) : 0;
  return below && small > 0 ? `${large}\u202f${unit} ${small}\u202f${below[1]}` : `${large}\u202f${unit}`;
}

/** Milliseconds since 1970 of a record's time. */
export const instant = (time: string): number => Date.parse(time.replace(/(\.\d{3})\d+/, "$1"));

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
const year = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/** "4 min ago" within the hour, else the time of day or the day. */
export function ago(time: string, now: number): string {
  const at = instant(time);
  if (Number.isNaN(at)) return "unknown";
  const seconds = Math.round((now - at) / 1000);
  if (seconds < 5 && seconds > -60) return "now";
  if (seconds >= 0 && seconds < 60) return `${seconds}\u202fs ago`;
  if (seconds >= 0 && seconds < 3600) return `${Math.floor(seconds / 60)}\u202fmin ago`;
  // Without its year, an old day looks like a recent one.
  if (new Date(at).getFullYear() !== new Date(now).getFullYear()) return year.format(at);
  return now - at < 86_400_000 && new Date(at).getDate() === new Date(now).getDate()
    ? clock.format(at)
    : day.format(at);
}

/** The time of day, to the second. */
export const timeOfDay = (time: string): string => clock.format(instant(time));
/** Everything about a time, for a hover. */
export const exact = (time: string): string => {
  const at = instant(time);
  return Number.isNaN(at) ? time : full.format(at);
};

/** "1 device", "2 devices". */
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** A snake_case field as words. */
export const words = (name: string): string => name.replaceAll("_", " ");
