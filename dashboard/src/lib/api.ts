// One cache for what the API answers. Whoever shows the same thing asks once.
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { baseOf } from "./capture";
import type { Problem } from "./types";

/** Why there is no answer, in words for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly column?: number,
  ) {
    super(message);
  }
}

export interface Answer<T> {
  data?: T;
  error?: ApiError;
  loading: boolean;
}

interface Entry {
  answer: Answer<unknown>;
  listeners: Set<() => void>;
  asked: number;
  flight?: AbortController;
  /** What is on its way is out of date already. */
  stale?: boolean;
}

const MOST_ENTRIES = 200;
const entries = new Map<string, Entry>();
const NOTHING: Answer<never> = { loading: false };
let askForLogin: () => void = () => {};

/** What to do when the instance wants to know who asks. */
export const onLoginNeeded = (ask: () => void): void => {
  askForLogin = ask;
};

/** Asks once; for what is done, not shown. */
export async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(baseOf(path) + path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "The instance does not answer. It may have been stopped, or the network between is down.");
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  if (response.status === 401 && path !== "login") askForLogin();
  throw new ApiError(response.status, problem?.detail ?? response.statusText, problem?.column ?? undefined);
}

/** Sends a change. */
export const send = <T>(method: string, path: string, body?: unknown): Promise<T> =>
  ask<T>(path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });

function entryOf(path: string): Entry {
  let entry = entries.get(path);
  if (!entry) {
    for (const [key, old] of entries) {
      if (entries.size < MOST_ENTRIES) break;
      if (old.listeners.size === 0) entries.delete(key);
    }
    entry = { answer: { loading: true }, listeners: new Set(), asked: 0 };
    entries.set(path, entry);
  }
  return entry;
}

function put(entry: Entry, answer: Answer<unknown>): void {
  entry.answer = answer;
  entry.listeners.forEach((listener) => listener());
}

/** Calls back whenever there is another answer at `path`, until the function that it gives is called. */
export function watch(path: string, changed: () => void): () => void {
  const { listeners } = entryOf(path);
  listeners.add(changed);
  return () => void listeners.delete(changed);
}

/** The latest answer at `path`. */
export const answerOf = <T>(path: string): Answer<T> => entryOf(path).answer as Answer<T>;

/** Asks for what is at `path`, unless that is on its way. */
export async function refresh(path: string): Promise<void> {
  const entry = entryOf(path);
  if (entry.flight) return;
  entry.flight = new AbortController();
  entry.asked = Date.now();
  try {
    put(entry, { data: await ask(path, { signal: entry.flight.signal }), loading: false });
  } catch (error) {
    // What there was stays to be seen, beside the reason why there is nothing newer.
    if (error instanceof ApiError) put(entry, { data: entry.answer.data, error, loading: false });
  } finally {
    delete entry.flight;
    if (entry.stale) {
      entry.stale = false;
      if (entry.listeners.size > 0) void refresh(path);
    }
  }
}

/** Asks again for everything that begins so and is on the screen. */
export function invalidate(prefix: string): void {
  for (const [path, entry] of entries) {
    if (!path.startsWith(prefix)) continue;
    entry.asked = 0;
    // The answer that is on its way may have been made before the change.
    if (entry.flight) entry.stale = true;
    else if (entry.listeners.size > 0) void refresh(path);
  }
}

/** What the API answers at `path`, asked again every so many seconds; nothing without a path. */
export function useApi<T>(path: string | undefined, everySeconds = 0): Answer<T> {
  const subscribe = useCallback((changed: () => void) => (path ? watch(path, changed) : () => {}), [path]);
  const answer = useSyncExternalStore(subscribe, () => (path ? entryOf(path).answer : NOTHING));
  useEffect(() => {
    if (!path) return;
    if (Date.now() - entryOf(path).asked > 1000) void refresh(path);
    // After an error it tries by itself, too.
    const period = everySeconds || (answer.error && answer.error.status !== 400 ? 5 : 0);
    if (!period) return;
    const timer = setInterval(() => !document.hidden && void refresh(path), period * 1000);
    return () => clearInterval(timer);
  }, [path, everySeconds, answer.error]);
  return answer as Answer<T>;
}
