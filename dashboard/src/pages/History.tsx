import { Chart } from "../parts/Chart";
import { Party } from "../parts/Device";
import { Link } from "../parts/Link";
import { Empty, Failed } from "../parts/Note";
import { type Column, Table, sorted } from "../parts/Table";
import { useApi } from "../lib/api";
import { seriesOf } from "../lib/colour";
import { bytes, count, share } from "../lib/format";
import { quoted } from "../lib/filters";
import { second } from "../lib/period";
import { address, change, rangeOf, usePlace } from "../lib/route";
import { useNow } from "../parts/Time";
import type { Series, Timeseries } from "../lib/types";

const BY = ["total", "device", "protocol", "application", "country", "network"] as const;

interface Sum {
  key: string;
  in: number;
  out: number;
  packets: number;
  flows: number;
  before?: number;
}

const sums = (series: Series): Sum =>
  series.points.reduce<Sum>(
    (sum, [, inBytes, outBytes, packets, flows]) => ({ key: sum.key, in: sum.in + inBytes, out: sum.out + outBytes, packets: sum.packets + packets, flows: sum.flows + flows }),
    { key: series.key, in: 0, out: 0, packets: 0, flows: 0 },
  );

/** Any metric over any time, and beside the period before. */
export default function History() {
  const { params } = usePlace();
  const now = useNow();
  const by = BY.find((by) => by === params.get("by")) ?? "protocol";
  const compare = params.get("compare") === "before";
  const sort = params.get("sort") ?? "-in";
  const range = rangeOf(params);
  const [from, to] = [second(range.from, now), range.to ? second(range.to, now) : Math.floor(now / 1000)];
  const current = useApi<Timeseries>(address("timeseries", { by, top: "10", from: range.from, to: range.to }), 30);
  const earlier = address("timeseries", { by, top: "20", from: String(2 * from - to), to: String(from) });
  const before = useApi<Timeseries>(compare ? earlier : undefined);
  const past = new Map((before.data?.series ?? []).map((series) => [series.key, sums(series)]));
  const rows: Sum[] = (current.data?.series ?? []).map((series) => {
    const old = past.get(series.key);
    return { ...sums(series), before: compare && before.data ? (old ? old.in + old.out : 0) : undefined };
  });
  const columns = columnsFor(by, compare);
  const shift = (times: number) => change({ from: String(from + times * (to - from)), to: String(to + times * (to - from)), range: undefined });
  const zoom = (from: number, to: number) => change({ from: String(from), to: String(to), range: undefined });
  return (
    <>
      <section className="lead">
        <h1>
          {bytes(rows.reduce((sum, row) => sum + row.in + row.out, 0))} in {range.label}
        </h1>
        <p className="muted">Brush over the chart to look closer; everything on the page follows.</p>
      </section>
      <div className="row">
        <label>
          Split by{" "}
          <select value={by} onChange={(event) => change({ by: event.target.value })}>
            {BY.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button onClick={() => shift(-1)}>Earlier</button>
        <button onClick={() => shift(1)}>Later</button>
        <button aria-pressed={compare} onClick={() => change({ compare: compare ? undefined : "before" })}>
          Compare with the period before
        </button>
      </div>
      {current.data && rows.some((row) => row.flows > 0 || row.in + row.out > 0) ? (
        <>
          <Chart series={current.data} label={`Throughput by ${by}`} height={260} onRange={zoom} />
          {compare && before.data && (
            <section>
              <h2>The period before</h2>
              {before.data.series.some((series) => series.points.some(([, inBytes, outBytes]) => inBytes + outBytes > 0)) ? (
                <Chart series={before.data} label={`Throughput by ${by} in the period before`} height={160} />
              ) : (
                <Empty title="Nothing was seen in it." />
              )}
            </section>
          )}
          <Table label="Sums" columns={columns} rows={sorted(rows, columns, sort)} id={(row) => row.key} sort={sort} onSort={(sort) => change({ sort }, true)} height={32 + 28 * rows.length} />
        </>
      ) : current.error ? (
        <Failed what="The history cannot be read." error={current.error} />
      ) : current.data ? (
        <Empty title={`Nothing was seen in ${range.label}.`}>Choose a longer range above, or an earlier one.</Empty>
      ) : (
        <div className="skeleton" style={{ height: 260 }} />
      )}
    </>
  );
}

function columnsFor(by: string, compare: boolean): Column<Sum>[] {
  const field: Record<string, string> = { protocol: "protocol", application: "application", device: "device" };
  const name = (row: Sum) => {
    if (by === "device") return <Party id={row.key} />;
    const text = row.key || "all";
    return field[by] && row.key ? <Link to={address("/flows", { mode: "history", filter: `${field[by]} = ${quoted(row.key)}` })}>{text}</Link> : text;
  };
  const columns: Column<Sum>[] = [
    { key: "name", title: by, cell: (row) => (<><i className="swatch" style={{ background: seriesOf(row.key) }} />{name(row)}</>), by: (row) => row.key },
    { key: "in", title: "in", number: true, cell: (row) => bytes(row.in), by: (row) => row.in },
    { key: "out", title: "out", number: true, cell: (row) => bytes(row.out), by: (row) => row.out },
    { key: "flows", title: "flows", number: true, cell: (row) => count(row.flows), by: (row) => row.flows },
    { key: "packets", title: "packets", number: true, wide: true, cell: (row) => count(row.packets), by: (row) => row.packets },
  ];
  if (compare) {
    const all = (row: Sum) => row.in + row.out;
    columns.push({
      key: "before",
      title: "against before",
      number: true,
      cell: (row) => (row.before === undefined ? "…" : row.before === 0 ? "new" : `${share(all(row), row.before)} of ${bytes(row.before)}`),
      by: (row) => (row.before ? all(row) / row.before : Number.MAX_VALUE),
    });
  }
  return columns;
}
