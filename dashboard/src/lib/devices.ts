// All devices, by id: loaded page by page, then kept up to date by events.
import { useEffect, useState, useSyncExternalStore } from "react";
import { ask } from "./api";
import { useLive } from "./live";
import type { DeviceRow, Page } from "./types";

interface Known {
  all: DeviceRow[];
  byId: Map<string, DeviceRow>;
  byIp: Map<string, DeviceRow>;
  loaded: boolean;
  error?: string;
}

let known: Known = { all: [], byId: new Map(), byIp: new Map(), loaded: false };
let loading: Promise<void> | undefined;
const watchers = new Set<() => void>();

/** Where each device is in the list. */
const places = new Map<string, number>();

/** Puts rows in the place of older ones, and new ones at the end; the rest stays as it is, for there may be many. */
function put(rows: Iterable<DeviceRow>, loaded: boolean, error?: string): void {
  const { byId, byIp } = known;
  const all = known.all.slice();
  for (const row of rows) {
    const at = places.get(row.id);
    const before = at === undefined ? undefined : all[at];
    for (const ip of before?.ips ?? []) if (byIp.get(ip)?.id === row.id && !row.ips.includes(ip)) byIp.delete(ip);
    row.ips.forEach((ip) => byIp.set(ip, row));
    byId.set(row.id, row);
    if (at === undefined) places.set(row.id, all.push(row) - 1);
    else all[at] = row;
  }
  known = { all, byId, byIp, loaded, error };
  watchers.forEach((watcher) => watcher());
}

async function load(): Promise<void> {
  try {
    let cursor: string | undefined;
    do {
      const page = await ask<Page<DeviceRow>>(`devices?limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
      cursor = page.next;
      put(page.items, cursor === undefined);
    } while (cursor);
  } catch (error) {
    put([], known.loaded, error instanceof Error ? error.message : String(error));
    loading = undefined;
  }
}

/** All devices that are known. */
export function useDevices(): Known {
  useEffect(() => {
    loading ??= load();
  }, []);
  return useSyncExternalStore(
    (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    () => known,
  );
}

/** Keeps devices up to date; once, in the frame. Changes are drawn at most once a second. */
export function useDeviceEvents(): void {
  const [pending] = useState(() => new Map<string, DeviceRow>());
  useLive("devices", (rows) => rows.forEach((row) => pending.set(row.id, row)));
  useEffect(() => {
    const timer = setInterval(() => {
      if (pending.size === 0) return;
      put(pending.values(), known.loaded, known.error);
      pending.clear();
    }, 1000);
    return () => clearInterval(timer);
  }, [pending]);
}

/** What to call a device. */
export const nameOf = (row: Pick<DeviceRow, "id" | "name" | "ips" | "macs">): string =>
  row.name ?? row.ips.find((ip) => ip.includes(".")) ?? row.ips[0] ?? row.macs[0] ?? row.id;
