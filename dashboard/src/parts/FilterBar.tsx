import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import type { ApiError } from "../lib/api";
import { type Subject, suggestions } from "../lib/filters";

interface Props {
  subject: Subject;
  value: string;
  error?: ApiError;
  onChange: (filter: string) => void;
  placeholder?: string;
}

/** One line of the filter language, with what may come next; an error points at its column. */
export function FilterBar({ subject, value, error, onChange, placeholder }: Props) {
  const [text, setText] = useState(value);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  useEffect(() => setText(value), [value]);
  const offered = open ? suggestions(subject, text).slice(0, 12) : [];
  const take = (whole: string) => {
    setText(whole);
    setAt(-1);
    input.current?.focus();
  };
  const apply = () => {
    setOpen(false);
    onChange(text.trim());
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((at) => Math.max(-1, Math.min(offered.length - 1, at + step)));
    } else if (event.key === "Tab" && offered.length > 0 && at >= 0) {
      event.preventDefault();
      take(offered[at]?.whole ?? text);
    } else if (event.key === "Enter") {
      if (at >= 0 && offered[at]) take(offered[at].whole);
      else apply();
    } else if (event.key === "Escape") {
      setOpen(false);
    }
  };
  const wrong = error?.status === 400 ? error : undefined;
  return (
    <div className="filter">
      <div className="field">
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label="Filter"
          aria-expanded={offered.length > 0}
          aria-controls={list}
          aria-activedescendant={at >= 0 ? `${list}-${at}` : undefined}
          aria-invalid={wrong !== undefined}
          spellCheck={false}
          autoComplete="off"
          placeholder={placeholder ?? "protocol = tls and src_bytes > 10M"}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setOpen(true);
            setAt(-1);
          }}
          onFocus={() => setOpen(text !== value)}
          onBlur={() => setTimeout(() => setOpen(false), 150)}
          onKeyDown={key}
        />
        <ul className="suggest" id={list} role="listbox" hidden={offered.length === 0}>
          {offered.map((one, i) => (
            <li key={one.text} id={`${list}-${i}`} role="option" aria-selected={i === at}>
              <button className="bare" tabIndex={-1} onMouseDown={(event) => event.preventDefault()} onClick={() => take(one.whole)}>
                <span className="mono">{one.text}</span>
                <span className="caption">{one.about}</span>
              </button>
            </li>
          ))}
        </ul>
        {wrong && (
          <div className="wrong mono" role="alert">
            {wrong.column ? `${" ".repeat(Math.max(0, wrong.column - 1))}^ ` : ""}
            {wrong.message}
          </div>
        )}
      </div>
      <button onClick={apply}>Filter</button>
      {value && (
        <button
          onClick={() => {
            setText("");
            onChange("");
          }}
        >
          Clear
        </button>
      )}
    </div>
  );
}
