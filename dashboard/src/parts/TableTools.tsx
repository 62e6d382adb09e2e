import { useEffect, useRef, useState } from "react";
import { csv, save } from "../lib/save";
import type { Column } from "./Table";

interface Props<T> {
  /** What the files are called. */
  name: string;
  all: Column<T>[];
  shown: Column<T>[];
  toggle: (key: string) => void;
  rows: T[];
}

/** Exactly this view as a file, and which columns it has. */
export function TableTools<T>({ name, all, shown, toggle, rows }: Props<T>) {
  const fields = shown.flatMap(({ title, by }) => (by ? [{ title, of: by }] : []));
  return (
    <span className="tools">
      <Choice all={all.filter((column) => column.title)} shown={shown} toggle={toggle} />
      <button disabled={rows.length === 0} onClick={() => save(`${name}.csv`, csv(fields, rows), "text/csv")}>
        CSV
      </button>
      <button disabled={rows.length === 0} onClick={() => save(`${name}.json`, JSON.stringify(rows, null, 1), "application/json")}>
        JSON
      </button>
    </span>
  );
}

function Choice<T>({ all, shown, toggle }: Pick<Props<T>, "all" | "shown" | "toggle">) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => !box.current?.contains(event.target as Node) && setOpen(false);
    window.addEventListener("mousedown", outside);
    window.addEventListener("focusin", outside);
    return () => {
      window.removeEventListener("mousedown", outside);
      window.removeEventListener("focusin", outside);
    };
  }, [open]);
  return (
    <span className="columns-choice wide" ref={box} onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <button aria-expanded={open} onClick={() => setOpen(!open)}>
        Columns
      </button>
      {open && (
        <div className="menu" role="group" aria-label="Columns">
          {all.slice(1).map((column) => (
            <label key={column.key}>
              <input type="checkbox" checked={shown.some((one) => one.key === column.key)} onChange={() => toggle(column.key)} /> {column.title}
            </label>
          ))}
        </div>
      )}
    </span>
  );
}
