// Where one is: path and parameters of the URL, and nothing that is not in it.
import { useMemo, useSyncExternalStore } from "react";
import { ROOT } from "./capture";

const listeners = new Set<() => void>();
const tell = () => listeners.forEach((listener) => listener());
window.addEventListener("popstate", tell);

const here = () => window.location.pathname + window.location.search;

export interface Place {
  path: string;
  params: URLSearchParams;
}

/** The place, drawn again when it changes. */
export function usePlace(): Place {
  const url = useSyncExternalStore((changed) => {
    listeners.add(changed);
    return () => listeners.delete(changed);
  }, here);
  return useMemo(() => {
    const [whole = "/", query = ""] = url.split("?");
    const path = whole.slice(ROOT.length) || "/";
    return { path, params: new URLSearchParams(query) };
  }, [url]);
}

/** Goes somewhere. The time range comes along, unless the address names one. */
export function go(to: string, replace = false): void {
  const target = new URL(to, window.location.origin);
  const now = new URLSearchParams(window.location.search);
  const range = ["range", "from", "to"];
  const named = range.some((one) => target.searchParams.has(one));
  for (const name of range) {
    const kept = now.get(name);
    if (kept && !named) target.searchParams.set(name, kept);
  }
  move(ROOT + target.pathname + target.search, replace);
}

/** Other parameters at the same place; an empty one goes. */
export function change(params: Record<string, string | undefined>, replace = false): void {
  const now = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(params)) {
    if (value) now.set(name, value);
    else now.delete(name);
  }
  const query = now.toString();
  move(window.location.pathname + (query ? `?${query}` : ""), replace);
}

function move(url: string, replace: boolean): void {
  if (url === here()) return;
  if (replace) window.history.replaceState(null, "", url);
  else window.history.pushState(null, "", url);
  tell();
}

/** An address with parameters. */
export function address(path: string, params: Record<string, string | undefined> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value) query.set(name, value);
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** Time ranges that can be chosen, and what the API takes for them. */
export const RANGES = [
  ["15m", "15 minutes"],
  ["1h", "1 hour"],
  ["24h", "24 hours"],
  ["7d", "7 days"],
  ["30d", "30 days"],
] as const;

export interface Range {
  from: string;
  to?: string;
  label: string;
}

/** The range of the page. */
export function rangeOf(params: URLSearchParams): Range {
  const [from, to] = [params.get("from"), params.get("to")];
  if (from && to) return { from, to, label: "the chosen range" };
  const wanted = params.get("range") ?? "1h";
  const [name, label] = RANGES.find(([name]) => name === wanted) ?? RANGES[1];
  return { from: `-${name}`, label: `the last ${label.replace(/^1 /, "")}` };
}
