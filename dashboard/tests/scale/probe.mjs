// What a browser says of its frames, its interactions and its memory.

/** Runs in the page before anything else: collects frames while asked to, and every interaction. */
export function install() {
  const seen = { frames: [], on: false, events: [], last: 0, long: [] };
  globalThis.__seen = seen;
  const tick = (time) => {
    if (seen.on && seen.last) seen.frames.push(time - seen.last);
    seen.last = time;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (seen.on && one.interactionId) seen.events.push({ name: one.name, ms: one.duration });
  }).observe({ type: "event", durationThreshold: 16, buffered: false });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (seen.on) seen.long.push(one.duration);
  }).observe({ type: "longtask" });
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Frames and interactions while `body` runs. */
export async function during(page, body) {
  await page.evaluate(() => Object.assign(globalThis.__seen, { frames: [], events: [], long: [], on: true }));
  await body();
  const seen = await page.evaluate(() => {
    globalThis.__seen.on = false;
    return globalThis.__seen;
  });
  const frames = seen.frames.toSorted((a, b) => a - b);
  const time = frames.reduce((sum, one) => sum + one, 0);
  const events = seen.events.map((one) => one.ms).toSorted((a, b) => a - b);
  return {
    fps: (1000 * frames.length) / Math.max(1, time),
    median: at(frames, 0.5),
    p95: at(frames, 0.95),
    worst: frames.at(-1) ?? 0,
    longTasks: seen.long.length,
    // Interactions of less than 16 ms are not told.
    interactions: events.length,
    interaction98: at(events, 0.98),
    interactionWorst: events.at(-1) ?? 0,
  };
}

/** Bytes of the JavaScript heap after a collection. */
export async function heap(session) {
  for (let i = 0; i < 3; i++) await session.send("HeapProfiler.collectGarbage");
  return (await session.send("Runtime.getHeapUsage")).usedSize;
}

/** Elements of the page. */
export async function nodesOf(page) {
  return page.evaluate(() => document.querySelectorAll("*").length);
}
