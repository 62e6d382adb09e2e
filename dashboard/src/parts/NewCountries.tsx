import { useApi } from "../lib/api";
import { bytes } from "../lib/format";
import { second } from "../lib/period";
import { type Range, address } from "../lib/route";
import type { Page, Share } from "../lib/types";
import { Link } from "./Link";
import { useNow } from "./Time";

const DAY_S = 86_400;
const ALL = "1000";
const SHOWN = 8;

const names = new Intl.DisplayNames(undefined, { type: "region", fallback: "code" });

function nameOf(code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    // What is no region is called as it is.
    return code;
  }
}

/** Countries that somebody talked to, and nobody in the month before; nothing while there is no month before. */
export function NewCountries({ range }: { range: Range }) {
  const now = Math.floor(useNow() / 60_000) * 60_000;
  // Sums of a month are by day: the day in which the range begins would be in both.
  const until = Math.floor(second(range.from, now) / DAY_S) * DAY_S;
  const current = useApi<Page<Share>>(address("countries", { from: range.from, to: range.to, limit: ALL }), 60);
  const earlier = useApi<Page<Share>>(address("countries", { from: String(until - 30 * DAY_S), to: String(until), limit: ALL }));
  if (!current.data || !earlier.data?.items.length) return null;
  const known = new Set(earlier.data.items.map((one) => one.name));
  const fresh = current.data.items.filter((one) => one.name && !known.has(one.name));
  if (fresh.length === 0) return null;
  return (
    <section>
      <h2>Countries not seen in the month before</h2>
      <div className="stack">
        {fresh.slice(0, SHOWN).map((one) => (
          <span key={one.name}>
            <Link to={address("/flows", { filter: `dst_country = ${one.name}`, mode: "history", from: range.from, to: range.to })}>{nameOf(one.name)}</Link> <span className="caption">{bytes(one.in_bytes + one.out_bytes)}</span>
          </span>
        ))}
      </div>
    </section>
  );
}
