import { useSyncExternalStore } from "react";
import { ago, exact, instant } from "../lib/format";
import { useLive } from "../lib/live";

// "Now" is the time of the packets: a capture that is read was now when it was taken.
let packetTime = 0;
const watchers = new Set<() => void>();

/** What the clock of the packets says; the page's own until it is known. */
export function useNow(): number {
  return useSyncExternalStore(
    (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    () => packetTime || Math.floor(Date.now() / 60_000) * 60_000,
  );
}

/** Follows the time of the packets; once, in the frame. */
export function usePacketTime(): void {
  useLive("stats", (stats) => {
    const time = instant(stats.time);
    if (Number.isNaN(time)) return;
    packetTime = Math.floor(time / 1000) * 1000;
    watchers.forEach((watcher) => watcher());
  });
}

/** A time, relative while that says more; exact on hover. */
export function Time({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exact(at)}>
      {ago(at, now)}
    </time>
  );
}

/** From when to when; one time if they look the same. */
export function Span({ from, to }: { from: string; to: string }) {
  const now = useNow();
  if (ago(from, now) === ago(to, now)) return <Time at={to} />;
  return (
    <>
      <Time at={from} /> to <Time at={to} />
    </>
  );
}
