import { Bars } from "../parts/Bars";
import { Chart } from "../parts/Chart";
import { Link } from "../parts/Link";
import { Empty, Failed, Skeleton } from "../parts/Note";
import { useApi } from "../lib/api";
import { seriesOf } from "../lib/colour";
import { bytes, plural, share } from "../lib/format";
import { quoted } from "../lib/filters";
import { address, change, rangeOf, usePlace } from "../lib/route";
import type { Page, Share, Timeseries } from "../lib/types";

const volume = (share: Share) => share.in_bytes + share.out_bytes;

/** What the network is used for. */
export default function Protocols() {
  const { params } = usePlace();
  const range = rangeOf(params);
  const by = params.get("by") === "application" ? "application" : "protocol";
  const within = { from: range.from, to: range.to };
  const shares = useApi<Page<Share>>(address(`${by}s`, { ...within, limit: "200" }), 15);
  const series = useApi<Timeseries>(address("timeseries", { by, top: "8", ...within }), 15);
  const all = shares.data?.items ?? [];
  const sum = all.reduce((sum, one) => sum + volume(one), 0);
  const unknown = all.find((one) => one.name === "unknown" || one.name === "");
  return (
    <>
      <section className="lead">
        <h1>
          {shares.data ? `${plural(all.length, by)} in ${range.label}, ${bytes(sum)}` : `What ${by}s carry`}
        </h1>
        {unknown && by === "protocol" && <p className="muted">{share(volume(unknown), sum)} of the bytes are in protocols that are not known.</p>}
      </section>
      <div className="row">
        <button aria-pressed={by === "protocol"} onClick={() => change({ by: undefined })}>
          Protocols
        </button>
        <button aria-pressed={by === "application"} onClick={() => change({ by: "application" })}>
          Applications
        </button>
      </div>
      {series.data?.series.length ? (
        <Chart series={series.data} label={`Throughput by ${by}`} height={240} onRange={(from, to) => change({ from: String(from), to: String(to), range: undefined })} />
      ) : series.error ? (
        <Failed what="The chart cannot be drawn." error={series.error} />
      ) : (
        !series.data && <div className="skeleton" style={{ height: 240 }} />
      )}
      {all.length > 0 ? (
        <div className="narrow-text">
        <Bars
          bars={all.map((one) => ({
            key: one.name,
            label: (
              <>
                <Link to={address("/flows", { mode: "history", filter: `${by} = ${quoted(one.name)}` })}>{one.name || "unknown"}</Link>{" "}
                <span className="caption">{plural(one.flows, "flow")}</span>
              </>
            ),
            value: volume(one),
            text: bytes(volume(one)),
            colour: seriesOf(one.name),
          }))}
        />
        </div>
      ) : shares.error ? (
        <Failed what="They cannot be listed." error={shares.error} />
      ) : shares.data ? (
        <Empty title={`No flow ended in ${range.label}.`}>Choose a longer range above.</Empty>
      ) : (
        <Skeleton lines={10} />
      )}
    </>
  );
}
