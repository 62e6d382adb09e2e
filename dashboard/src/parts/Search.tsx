import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useApi } from "../lib/api";
import { PAGES } from "../lib/pages";
import { address, go } from "../lib/route";
import type { Hit } from "../lib/types";

interface Found {
  title: string;
  detail: string;
  kind: string;
  to: string;
}

const toOf = (hit: Hit): string =>
  hit.kind === "device"
    ? `/devices/${encodeURIComponent(hit.id ?? "")}`
    : hit.kind === "alert"
      ? address("/alerts", { alert: hit.id ?? "" })
      : address("/flows", { mode: "history", range: "7d", filter: hit.filter ?? "" });

/** One box for everything. */
export function Search({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), 120);
    return () => clearTimeout(timer);
  }, [text]);
  const answer = useApi<{ items: Hit[]; is_cut: boolean }>(asked ? address("search", { q: asked.slice(0, 200) }) : undefined);
  const pages = PAGES.filter((page) => page.title.toLowerCase().includes(text.trim().toLowerCase()));
  const found: Found[] = [
    ...(asked ? (answer.data?.items ?? []) : []).map((hit) => ({ title: hit.title, detail: hit.detail ?? "", kind: hit.kind, to: toOf(hit) })),
    ...pages.map((page) => ({ title: page.title, detail: page.about, kind: "page", to: page.path })),
  ];
  const open = (one: Found | undefined) => {
    if (!one) return;
    onClose();
    go(one.to);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter") open(found[at]);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setAt((at) => Math.max(0, Math.min(found.length - 1, at + (event.key === "ArrowDown" ? 1 : -1))));
    }
  };
  return (
    <div className="veil" onMouseDown={(event) => event.target === event.currentTarget && onClose()}>
      <div className="dialog" role="dialog" aria-modal="true" aria-label="Search" onKeyDown={key}>
        <input
          ref={input}
          role="combobox"
          aria-expanded="true"
          aria-controls="found"
          aria-label="Search"
          aria-activedescendant={found[at] ? `found-${at}` : undefined}
          placeholder="A device, name, address, protocol, fingerprint or page"
          maxLength={200}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
        />
        <ul id="found" role="listbox" aria-label="Found">
          {found.map((one, i) => (
            <li key={`${one.kind} ${one.to} ${one.title}`} role="presentation">
              <button className="bare" id={`found-${i}`} role="option" aria-selected={i === at} tabIndex={-1} onClick={() => open(one)}>
                <span className="caption">{one.kind}</span>
                <span className="cut">{one.title}</span>
                <span className="caption cut">{one.detail}</span>
              </button>
            </li>
          ))}
        </ul>
        {asked && answer.data && found.length === 0 && <p className="caption">Nothing within a week is called so.</p>}
        {answer.error && <p role="alert">{answer.error.message}</p>}
      </div>
    </div>
  );
}
