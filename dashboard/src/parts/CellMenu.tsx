import { type KeyboardEvent, useEffect, useRef } from "react";

export interface Chosen {
  /** The filter that takes what is like the cell. */
  filter: string;
  x: number;
  y: number;
}

interface Props {
  chosen: Chosen;
  onFilter: (filter: string) => void;
  onClose: () => void;
}

/** What can be done with a value of a table. */
export function CellMenu({ chosen, onFilter, onClose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const outside = (event: Event) => !box.current?.contains(event.target as Node) && onClose();
    box.current?.querySelector("button")?.focus();
    window.addEventListener("mousedown", outside);
    window.addEventListener("resize", onClose);
    return () => {
      window.removeEventListener("mousedown", outside);
      window.removeEventListener("resize", onClose);
      if (before instanceof HTMLElement) before.focus();
    };
  }, [onClose]);
  const key = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      onClose();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...(box.current?.querySelectorAll("button") ?? [])];
    const at = buttons.findIndex((button) => button === document.activeElement);
    buttons.at((at + step + buttons.length) % buttons.length)?.focus();
  };
  const take = (action: () => void) => () => {
    action();
    onClose();
  };
  return (
    <div
      className="menu"
      role="menu"
      aria-label={chosen.filter}
      ref={box}
      style={{ left: Math.max(0, Math.min(chosen.x, window.innerWidth - 260)), top: Math.max(0, Math.min(chosen.y, window.innerHeight - 130)) }}
      onKeyDown={key}
      onClick={(event) => event.stopPropagation()}
    >
      <span className="caption mono cut">{chosen.filter}</span>
      <button className="bare" role="menuitem" onClick={take(() => onFilter(chosen.filter))}>
        Only this
      </button>
      <button className="bare" role="menuitem" onClick={take(() => onFilter(`not (${chosen.filter})`))}>
        Not this
      </button>
      <button className="bare" role="menuitem" onClick={take(() => void navigator.clipboard?.writeText(chosen.filter))}>
        Copy as filter
      </button>
    </div>
  );
}
