// Events as they happen, over one WebSocket for all pages.
import { useEffect, useRef, useSyncExternalStore } from "react";
import { ask, invalidate } from "./api";
import { CAPTURE } from "./capture";
import type { Alert, DeviceRow, Flow, Stats } from "./types";

interface Events {
  stats: Stats;
  flows: Flow[];
  devices: DeviceRow[];
  alerts: Alert[];
}
type Kind = keyof Events;
export type Connection = "connecting" | "live" | "lost" | "still";

const handlers: { [K in Kind]: Set<(data: Events[K]) => void> } = {
  stats: new Set(),
  flows: new Set(),
  devices: new Set(),
  alerts: new Set(),
};
const watchers = new Set<() => void>();
let state: Connection = CAPTURE ? "still" : "connecting";
let socket: WebSocket | undefined;
let pause = 500;
let stopped = false;

const LONGEST_PAUSE = 15_000;

function become(next: Connection): void {
  if (state === next) return;
  state = next;
  watchers.forEach((watcher) => watcher());
}

const wanted = (): Kind[] => (Object.keys(handlers) as Kind[]).filter((kind) => handlers[kind].size > 0);

function subscribe(): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ subscribe: wanted() }));
}

function hand<K extends Kind>(kind: K, data: Events[K] | undefined): void {
  if (data !== undefined) handlers[kind].forEach((handler) => handler(data));
}

function hear(text: string): void {
  const message = JSON.parse(text) as { type: string; data?: unknown };
  if (message.type === "snapshot") {
    const all = message.data as Partial<Events>;
    hand("stats", all.stats);
    hand("devices", all.devices);
    hand("alerts", all.alerts);
    hand("flows", all.flows);
  } else if (message.type in handlers) {
    hand(message.type as Kind, message.data as never);
  }
}

function connect(): void {
  stopped = false;
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${window.location.host}/api/v1/events`);
  const began = state === "lost";
  socket.onopen = () => {
    pause = 500;
    become("live");
    subscribe();
    // What was missed meanwhile is asked for.
    if (began) invalidate("");
  };
  socket.onmessage = (event) => hear(String(event.data));
  socket.onclose = () => {
    socket = undefined;
    if (stopped) return;
    become("lost");
    setTimeout(connect, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  };
}

/** Hears no more, until it is started again. */
export function stop(): void {
  stopped = true;
  socket?.close();
}

/** Begins to listen, if nobody does. */
export function start(): void {
  // In a capture that is over nothing happens any more.
  if (CAPTURE) void ask<Stats>("stats").then((stats) => hand("stats", stats)).catch(() => {});
  else if (!socket) connect();
}

/** Whether events come in. */
export function useConnection(): Connection {
  return useSyncExternalStore(
    (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    () => state,
  );
}

/** Calls back with each event of a kind, while whoever shows it is there. */
export function useLive<K extends Kind>(kind: K, handler: (data: Events[K]) => void): void {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => {
    const call = (data: Events[K]) => latest.current(data);
    handlers[kind].add(call);
    if (handlers[kind].size === 1) subscribe();
    return () => {
      handlers[kind].delete(call);
      if (handlers[kind].size === 0) subscribe();
    };
  }, [kind]);
}
