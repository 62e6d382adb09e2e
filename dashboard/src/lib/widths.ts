// Widths of a table's columns that somebody chose; remembered by this browser.
import { useState } from "react";

export type Widths = Readonly<Record<string, number>>;

const NARROWEST = 40;
const WIDEST = 1200;

const keyOf = (table: string) => `widths ${table}`;

function kept(table: string): Widths {
  try {
    const all: unknown = JSON.parse(localStorage.getItem(keyOf(table)) ?? "{}");
    if (typeof all !== "object" || all === null) return {};
    return Object.fromEntries(Object.entries(all).filter(([, width]) => typeof width === "number" && width >= NARROWEST && width <= WIDEST));
  } catch {
    // A browser may forbid storage; then it is as if nothing had been chosen.
    return {};
  }
}

/** Widths in pixels by column, and how to change one: to a width, or back to what it needs. */
export function useWidths(table: string): [Widths, (column: string, width: number | undefined) => void] {
  const [widths, setWidths] = useState(() => kept(table));
  const change = (column: string, width: number | undefined) =>
    setWidths((before) => {
      const others = Object.fromEntries(Object.entries(before).filter(([name]) => name !== column));
      const next = width === undefined ? others : { ...others, [column]: Math.round(Math.max(NARROWEST, Math.min(WIDEST, width))) };
      try {
        localStorage.setItem(keyOf(table), JSON.stringify(next));
      } catch {
        // It holds until the page is left.
      }
      return next;
    });
  return [widths, change];
}
