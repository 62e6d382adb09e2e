// Which columns of a table are shown; remembered by this browser.
import { useState } from "react";

const keyOf = (table: string) => `columns ${table}`;

interface Choosable {
  key: string;
  /** Not shown before somebody wants it. */
  extra?: boolean;
}

function hiddenOf(table: string, all: Choosable[]): Set<string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(table)) ?? "null");
    if (Array.isArray(kept)) return new Set(kept.filter((one) => typeof one === "string"));
  } catch {
    // A browser may forbid storage; then it is as if nothing had been chosen.
  }
  return new Set(all.filter((column) => column.extra).map((column) => column.key));
}

/** The columns that are shown, and how to turn one on or off. The first always is. */
export function useColumns<C extends Choosable>(table: string, all: C[]): { shown: C[]; toggle: (key: string) => void } {
  const [hidden, setHidden] = useState(() => hiddenOf(table, all));
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
