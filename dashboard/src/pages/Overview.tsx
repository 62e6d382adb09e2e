import { useState } from "react";
import { Bars } from "../parts/Bars";
import { Chart, Sparkline } from "../parts/Chart";
import { Chip, Party } from "../parts/Device";
import { Link } from "../parts/Link";
import { Movers } from "../parts/Movers";
import { NewCountries } from "../parts/NewCountries";
import { Empty, Failed, Skeleton } from "../parts/Note";
import { Severity } from "../parts/Severity";
import { Time, useNow } from "../parts/Time";
import { useApi } from "../lib/api";
import { seriesOf } from "../lib/colour";
import { useDevices } from "../lib/devices";
import { bytes, count, instant, plural, rate, share } from "../lib/format";
import { useLive } from "../lib/live";
import { address, change, rangeOf, usePlace } from "../lib/route";
import type { Drops, Incident, Page, Share, Stats, Timeseries } from "../lib/types";

const DAY = 86_400_000;
const REFRESH_S = 15;

/** Packets that were not analysed, of all that there were. */
const lost = (drops: Drops): number => drops.kernel + drops.shed;

/** The state of the network, in a sentence. */
function sentence(stats: Stats): string {
  const open = stats.alerts_open;
  const parts = [`${plural(stats.devices_online, "device")} online of ${count(stats.devices)}`, rate(stats.bits_per_second)];
  const all = stats.drops.received + stats.drops.kernel;
  const missed = lost(stats.drops);
  parts.push(missed === 0 ? "nothing lost" : `${share(missed, all)} of packets missed`);
  parts.push(open === 0 ? "no alerts open" : `${plural(open, "alert")} open`);
  return `${open === 0 ? "Quiet." : stats.incidents_open === 1 ? "One thing to look at." : `${count(stats.incidents_open)} things to look at.`} ${parts.join(", ")}.`;
}

/** Is it all right? Who is doing what? What changed? */
export default function Overview() {
  const { params } = usePlace();
  const range = rangeOf(params);
  const within = { from: range.from, to: range.to };
  const stats = useApi<Stats>("stats");
  const series = useApi<Timeseries>(address("timeseries", { by: "protocol", ...within }), REFRESH_S);
  const protocols = useApi<Page<Share>>(address("protocols", { ...within, limit: "8" }), REFRESH_S);
  const applications = useApi<Page<Share>>(address("applications", { ...within, limit: "8" }), REFRESH_S);
  const countries = useApi<Page<Share>>(address("countries", { ...within, limit: "8" }), REFRESH_S);
  const incidents = useApi<Page<Incident>>("incidents?limit=6", REFRESH_S);
  const [live, setLive] = useState<Stats>();
  const [rates, setRates] = useState<number[]>([]);
  useLive("stats", (next) => {
    setLive(next);
    setRates((old) => [...old.slice(-59), next.bits_per_second]);
  });
  const now = live ?? stats.data;
  return (
    <>
      <section className="lead">
        {now ? (
          <div className="row">
            <h1>{sentence(now)}</h1>
            {rates.length > 1 && <Sparkline values={rates} label="bits a second in the last minute" />}
          </div>
        ) : stats.error ? (
          <Failed what="The instance cannot be asked." error={stats.error} />
        ) : (
          <Skeleton lines={1} />
        )}
        {now?.store?.trouble && <Failed what={`The history is not written: ${now.store.trouble.what}`} error={now.store.trouble.remedy} />}
      </section>
      <section>
        <h2>Throughput in {range.label} by protocol, answers above and requests below the line</h2>
        {series.data ? (
          series.data.series.length > 0 ? (
            <Chart series={series.data} label="Throughput by protocol" onRange={(from, to) => change({ from: String(from), to: String(to), range: undefined })} />
          ) : (
            <Empty title={`No flow ended in ${range.label}.`}>Traffic is drawn when its flows end, or every few minutes for long ones. Choose a longer range above.</Empty>
          )
        ) : series.error ? (
          <Failed what="The chart cannot be drawn." error={series.error} />
        ) : (
          <div className="skeleton" style={{ height: 200 }} />
        )}
      </section>
      <div className="columns">
        <Internet />
        <Incidents answer={incidents} />
        <div className="stack apart">
          <Changed />
          <NewCountries range={range} />
          <Movers range={range} />
        </div>
        <Shares title="Applications" answer={applications} link="application" />
        <Shares title="Protocols" answer={protocols} link="protocol" />
        <Shares title="Countries" answer={countries} />
      </div>
      {now && <Health stats={now} />}
    </>
  );
}

/** Who uses the internet line, since they were first seen. */
function Internet() {
  const { all, loaded, error } = useDevices();
  const volume = (row: (typeof all)[number]) => row.internet.in_bytes + row.internet.out_bytes;
  const top = all.filter((row) => volume(row) > 0).sort((a, b) => volume(b) - volume(a));
  const sum = top.reduce((sum, row) => sum + volume(row), 0);
  return (
    <section>
      <h2>Who uses the internet line</h2>
      {top.length > 0 ? (
        <Bars
          all={sum}
          bars={top.slice(0, 8).map((row) => ({
            key: row.id,
            label: <Chip row={row} short />,
            value: volume(row),
            text: bytes(volume(row)),
            colour: seriesOf(row.id),
          }))}
        />
      ) : error && !loaded ? (
        <Failed what="Devices cannot be listed." error={error} />
      ) : loaded ? (
        <Empty title="No device has used the internet yet.">Only what passes this machine or its mirror port can be seen.</Empty>
      ) : (
        <Skeleton />
      )}
    </section>
  );
}

function Incidents({ answer }: { answer: ReturnType<typeof useApi<Page<Incident>>> }) {
  return (
    <section>
      <h2>
        <Link to="/alerts">Incidents</Link>
      </h2>
      {answer.data?.items.length ? (
        <div>
          {answer.data.items.map((incident) => (
            <div className="alert" key={incident.id}>
              <div className={`edge ${incident.severity}`} />
              <div className="stack">
                <Link to={address("/alerts", { incident: incident.id })}>{incident.title}</Link>
                <span className="row">
                  <Severity of={incident.severity} />
                  <span className="muted">
                    {plural(incident.timeline.length, "step")}, <Time at={incident.last_seen} />
                  </span>
                  <Party id={incident.device} ip={incident.src_ip} />
                </span>
              </div>
            </div>
          ))}
        </div>
      ) : answer.error ? (
        <Failed what="Incidents cannot be listed." error={answer.error} />
      ) : answer.data ? (
        <Empty title="Nothing is wrong, as far as can be seen." />
      ) : (
        <Skeleton />
      )}
    </section>
  );
}

/** Devices that were first seen within a day. */
function Changed() {
  const { all, loaded } = useDevices();
  const now = useNow();
  const fresh = all.filter((row) => now - instant(row.first_seen) < DAY);
  fresh.sort((a, b) => b.first_seen.localeCompare(a.first_seen));
  return (
    <section>
      <h2>New within a day</h2>
      {fresh.length > 0 ? (
        <div className="stack">
          {fresh.slice(0, 8).map((row) => (
            <span className="news" key={row.id}>
              <Chip row={row} short />
              <span className="caption">
                <Time at={row.first_seen} />
              </span>
            </span>
          ))}
          {fresh.length > 8 && <Link to={address("/devices", { sort: "-first_seen" })}>{plural(fresh.length - 8, "more device")}</Link>}
        </div>
      ) : loaded ? (
        <Empty title="No device came that was not known yesterday." />
      ) : (
        <Skeleton />
      )}
    </section>
  );
}

function Shares({ title, answer, link }: { title: string; answer: ReturnType<typeof useApi<Page<Share>>>; link?: string }) {
  const volume = (share: Share) => share.in_bytes + share.out_bytes;
  return (
    <section>
      <h2>{title}</h2>
      {answer.data?.items.length ? (
        <Bars
          bars={answer.data.items.map((one) => ({
            key: one.name,
            label: link ? <Link to={address("/flows", { filter: `${link} = "${one.name}"` })}>{one.name}</Link> : one.name || "unknown",
            value: volume(one),
            text: bytes(volume(one)),
            colour: seriesOf(one.name),
          }))}
        />
      ) : answer.error ? (
        <Failed what={`${title} cannot be listed.`} error={answer.error} />
      ) : answer.data ? (
        <Empty title="Nothing in this range." />
      ) : (
        <Skeleton />
      )}
    </section>
  );
}

function Health({ stats }: { stats: Stats }) {
  const { drops } = stats;
  return (
    <p className="caption">
      <Link to="/capture">Capture</Link>: {count(drops.received)} packets received, {count(drops.kernel)} lost by the kernel,{" "}
      {count(drops.shed)} given up, {count(drops.undecodable)} undecodable, {count(drops.filtered)} filtered.
      {stats.store && ` The history takes ${bytes(stats.store.bytes)}, and ${bytes(stats.store.bytes_per_day)} more each day.`}
    </p>
  );
}
