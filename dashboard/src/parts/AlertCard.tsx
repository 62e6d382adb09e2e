import { useLayoutEffect, useRef, useState } from "react";
import { ApiError, invalidate, send } from "../lib/api";
import { number, plural, words } from "../lib/format";
import { address } from "../lib/route";
import type { Alert } from "../lib/types";
import { Party } from "./Device";
import { Link } from "./Link";
import { Severity } from "./Severity";
import { Span } from "./Time";

/** What was measured beside its limit, where both are numbers. */
function measured(evidence: Record<string, unknown>): { name: string; value: number; limit: number }[] {
  return Object.entries(evidence).flatMap(([name, value]) => {
    const limit = evidence[`${name}_limit`] ?? evidence[`limit_${name}`];
    return typeof value === "number" && typeof limit === "number" ? [{ name, value, limit }] : [];
  });
}

function Measure({ name, value, limit }: { name: string; value: number; limit: number }) {
  const most = Math.max(value, limit) || 1;
  return (
    <svg width="100%" height="34" role="img" aria-label={`${words(name)}: ${value}, the limit is ${limit}`}>
      <text x="0" y="11" fill="var(--muted)" fontSize="12">
        {`${words(name)}: ${number(value)} (limit ${number(limit)})`}
      </text>
      <rect x="0" y="18" width={`${(96 * value) / most}%`} height="8" rx="2" fill="var(--medium)" />
      <line x1={`${(96 * limit) / most}%`} x2={`${(96 * limit) / most}%`} y1="14" y2="30" stroke="var(--text)" strokeWidth="1.5" />
    </svg>
  );
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The sentences of a description under their heads. */
function Why({ text }: { text: string }) {
  const [, what = text, harmless, next] = /^(.*?)(?:\s*Harmless causes:\s*(.*?))?(?:\s*Next:\s*(.*))?$/s.exec(text) ?? [];
  return (
    <>
      <p>{what}</p>
      {harmless && (
        <div>
          <h2>Harmless causes</h2>
          <p>{sentence(harmless)}</p>
        </div>
      )}
      {next && (
        <div>
          <h2>What to look at next</h2>
          <p>{sentence(next)}</p>
        </div>
      )}
    </>
  );
}

/** Detectors whose second address is whom somebody pretends to be, and not whom it talks to. */
const PRETENDERS = ["arp-spoof", "duplicate-ip", "rogue-dhcp"];

/** The filter that takes the flows of an alert. */
const flowsOf = (alert: Alert): string => {
  const ends = [alert.src_ip, alert.dst_ip].filter((ip) => ip !== undefined && ip !== null);
  const shown = PRETENDERS.includes(alert.detector) ? ends.slice(0, 1) : ends;
  return shown.map((ip) => `ip = ${ip}`).join(" and ");
};

/** Judges an alert by one key; not while somebody writes, and not as a page's letter after g. */
function useKeys(judge: (state: string) => void, allowed: boolean): void {
  const latest = useRef(judge);
  latest.current = judge;
  // With the buttons, not after the first picture of them: a quick hand is not lost.
  useLayoutEffect(() => {
    if (!allowed) return;
    let before = "";
    const key = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const state = { a: "acknowledged", m: "muted", o: "open" }[event.key];
      const free = before !== "g" && !event.ctrlKey && !event.metaKey && !event.altKey && !/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
      before = event.key;
      if (state && free) latest.current(state);
    };
    window.addEventListener("keydown", key);
    return () => window.removeEventListener("keydown", key);
  }, [allowed]);
}

/** Everything about an alert, and what one can do about it. */
export function AlertDetail({ alert, mayJudge }: { alert: Alert; mayJudge: boolean }) {
  const [comment, setComment] = useState(alert.comment ?? "");
  const [error, setError] = useState("");
  const judge = async (change: { state?: string; comment?: string }) => {
    try {
      await send("POST", `alerts/${alert.id}`, change);
      setError("");
      invalidate("alerts");
      invalidate("stats");
    } catch (reason) {
      setError(reason instanceof ApiError ? reason.message : String(reason));
    }
  };
  useKeys((state) => state !== alert.state && void judge({ state }), mayJudge);
  const flows = flowsOf(alert);
  const bars = measured(alert.evidence);
  return (
    <div className="stack">
      <div className="row">
        <Severity of={alert.severity} />
        <span className="muted">
          {alert.detector}, {plural(alert.count, "time")}, <Span from={alert.first_seen} to={alert.last_seen} />
        </span>
        {alert.state !== "open" && <strong>{alert.state}</strong>}
      </div>
      <div className="row">
        <Party id={alert.device} ip={alert.src_ip} name={alert.device_name} />
        {alert.dst_ip && (
          <>
            <span className="muted">→</span> <Party ip={alert.dst_ip} />
          </>
        )}
      </div>
      <Why text={alert.description} />
      {bars.map((bar) => (
        <Measure key={bar.name} {...bar} />
      ))}
      <div className="row">
        {flows && <Link to={address("/flows", { filter: flows })}>Show flows</Link>}
        {alert.device && <Link to={`/devices/${encodeURIComponent(alert.device)}`}>Look at the device</Link>}
      </div>
      {mayJudge && (
        <div className="stack">
          <div className="row">
            {alert.state !== "acknowledged" && <button onClick={() => void judge({ state: "acknowledged" })} aria-keyshortcuts="a">Acknowledge <kbd>a</kbd></button>}
            {alert.state !== "muted" && <button onClick={() => void judge({ state: "muted" })} aria-keyshortcuts="m">Mute exactly this <kbd>m</kbd></button>}
            {alert.state !== "open" && <button onClick={() => void judge({ state: "open" })} aria-keyshortcuts="o">Open again <kbd>o</kbd></button>}
          </div>
          <label className="stack">
            <span className="caption">Comment</span>
            <textarea rows={2} maxLength={2000} value={comment} onChange={(event) => setComment(event.target.value)} />
          </label>
          <div className="row">
            <button disabled={comment === (alert.comment ?? "")} onClick={() => void judge({ comment })}>
              Keep comment
            </button>
            {error && <span role="alert">{error}</span>}
          </div>
        </div>
      )}
      <section>
        <h2>Evidence</h2>
        <dl className="facts">
          {Object.entries(alert.evidence).map(([name, value]) => (
            <div key={name} style={{ display: "contents" }}>
              <dt>{words(name)}</dt>
              <dd>{Array.isArray(value) ? value.join(", ") : typeof value === "number" ? number(value) : String(value)}</dd>
            </div>
          ))}
        </dl>
      </section>
      {alert.mitre.length > 0 && <p className="caption">ATT&amp;CK {alert.mitre.join(", ")}</p>}
    </div>
  );
}
