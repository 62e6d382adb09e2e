import type { Severity as Level } from "../lib/types";

/** How bad it is: a word, and a colour beside it. */
export function Severity({ of }: { of: Level }) {
  return <span className={`severity ${of}`}>{of}</span>;
}

export const RANK: Record<Level, number> = { info: 0, low: 1, medium: 2, high: 3, critical: 4 };
