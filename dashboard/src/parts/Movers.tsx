import { useApi } from "../lib/api";
import { bytes, number } from "../lib/format";
import { type Move, before, moves } from "../lib/period";
import { type Range, address } from "../lib/route";
import type { Timeseries } from "../lib/types";
import { Party } from "./Device";
import { Empty, Failed, Skeleton } from "./Note";
import { useNow } from "./Time";

const TOP = "20";

/** Whoever is not listed may have sent less than the last that is. */
const isCut = (series: Timeseries["series"]): boolean => series.length >= Number(TOP) || series.some((one) => one.key === "other");

const LITTLE = `too little for the first ${TOP}`;

/** What it did, compared with the period before, in words. */
function told({ now, before }: Move, isCutNow: boolean, isCutBefore: boolean): string {
  if (before === 0) return `${bytes(now)}; ${isCutBefore ? LITTLE : "nothing"} before`;
  if (now === 0) return `${isCutNow ? LITTLE : "nothing"}; ${bytes(before)} before`;
  const ratio = now / before;
  const times = ratio >= 1.95 ? `, ${number(Number(ratio.toPrecision(2)))} times as much` : "";
  return `${bytes(now)}${times}; ${bytes(before)} before`;
}

/** Devices whose traffic differs most from that of the period before. */
export function Movers({ range }: { range: Range }) {
  // A minute is enough: the period before need not slide each second.
  const now = Math.floor(useNow() / 60_000) * 60_000;
  const current = useApi<Timeseries>(address("timeseries", { by: "device", top: TOP, from: range.from, to: range.to }), 60);
  const earlier = useApi<Timeseries>(address("timeseries", { by: "device", top: TOP, ...before(range, now) }));
  const all = current.data && earlier.data ? moves(current.data.series, earlier.data.series) : undefined;
  const error = current.error ?? earlier.error;
  return (
    <section>
      <h2>What changed against the period before</h2>
      {all?.length ? (
        <div className="stack">
          {all.slice(0, 6).map((move) => (
            <span className="moved" key={move.key}>
              <Party id={move.key} />
              <span className="caption">{told(move, isCut(current.data?.series ?? []), isCut(earlier.data?.series ?? []))}</span>
            </span>
          ))}
        </div>
      ) : error ? (
        <Failed what="The two periods cannot be compared." error={error} />
      ) : all ? (
        <Empty title="No device sent anything in either." />
      ) : (
        <Skeleton />
      )}
    </section>
  );
}
