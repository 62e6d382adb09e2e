import { type ReactNode, useEffect, useRef } from "react";

/** Detail from the right. Escape closes it, and what was focused before is again. */
export function Drawer({ title, onClose, children }: { title: ReactNode; onClose: () => void; children: ReactNode }) {
  const box = useRef<HTMLElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    const before = document.activeElement;
    box.current?.focus();
    const key = (event: KeyboardEvent) => event.key === "Escape" && close.current();
    window.addEventListener("keydown", key);
    return () => {
      window.removeEventListener("keydown", key);
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <aside className="drawer" ref={box} tabIndex={-1} role="dialog" aria-label="Detail">
      <header>
        <h2>{title}</h2>
        <button onClick={onClose} aria-label="Close">
          ✕
        </button>
      </header>
      {children}
    </aside>
  );
}
