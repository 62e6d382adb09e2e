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

function put(rows: Iterable<DeviceRow>, loaded: boolean, error?: string): void {
  const byId = new Map([...rows].map((row) => [row.id, row]));
  const all = [...byId.values()];
  const byIp = new Map(all.flatMap((row) => row.ips.map((ip) => [ip, row] as const)));
  known = { all, byId, byIp, loaded, error };
  watchers.forEach((watcher) => watcher());
}

async function load(): Promise<void> {
  const rows: DeviceRow[] = [];
  try {
    let cursor: string | undefined;
    do {
      const page = await ask<Page<DeviceRow>>(`devices?limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
      rows.push(...page.items);
      cursor = page.next;
      put([...known.all, ...rows], cursor === undefined);
    } while (cursor);
  } catch (error) {
    put(known.all, known.loaded, error instanceof Error ? error.message : String(error));
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
      put([...known.all, ...pending.values()], known.loaded, known.error);
      pending.clear();
    }, 1000);
    return () => clearInterval(timer);
  }, [pending]);
}

/** What to call a device. */
export const nameOf = (row: Pick<DeviceRow, "id" | "name" | "ips" | "macs">): string =>
  row.name ?? row.ips.find((ip) => ip.includes(".")) ?? row.ips[0] ?? row.macs[0] ?? row.id;
