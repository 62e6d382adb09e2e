// Which columns of a table are shown; remembered by this browser.
import { useState } from "react";

const keyOf = (table: string) => `columns ${table}`;

function hiddenOf(table: string): Set<string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(table)) ?? "[]");
    return new Set(Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : []);
  } catch {
    // A browser may forbid storage; then everything is shown.
    return new Set();
  }
}

/** The columns that are shown, and how to turn one on or off. The first always is. */
export function useColumns<C extends { key: string }>(table: string, all: C[]): { shown: C[]; toggle: (key: string) => void } {
  const [hidden, setHidden] = useState(() => hiddenOf(table));
  const toggle = (key: string) => {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    setHidden(next);
    try {
      localStorage.setItem(keyOf(table), JSON.stringify([...next]));
    } catch {
      // It holds until the page is left.
    }
  };
  return { shown: all.filter((column, i) => i === 0 || !hidden.has(column.key)), toggle };
}
