import { useMemo, useState } from "react";
import { Bars } from "../parts/Bars";
import { Chart } from "../parts/Chart";
import { Party, PresenceStrip } from "../parts/Device";
import { FlowDetail } from "../parts/FlowDetail";
import { FlowTable, keyOf } from "../parts/FlowTable";
import { Icon, iconOf } from "../parts/Icon";
import { Identity } from "../parts/Identity";
import { Link } from "../parts/Link";
import { Empty, Failed, Skeleton } from "../parts/Note";
import { Severity } from "../parts/Severity";
import { type Column, Table, sorted } from "../parts/Table";
import { Time, useNow } from "../parts/Time";
import { useApi } from "../lib/api";
import { seriesOf } from "../lib/colour";
import { bytes, count, duration, instant, number, plural } from "../lib/format";
import { usual } from "../lib/period";
import { address, change, rangeOf, usePlace } from "../lib/route";
import type { Alert, Connection, Device as Whole, Flow, Page, Service, Timeseries } from "../lib/types";

const TABS = ["connections", "services", "uses", "identity", "flows", "alerts"] as const;

/** One device: what it is, with evidence, and what it does. */
export default function Device({ id }: { id: string }) {
  const { params } = usePlace();
  const tab = TABS.find((tab) => tab === params.get("tab")) ?? "connections";
  const answer = useApi<Whole>(`devices/${encodeURIComponent(id)}`, 5);
  const range = rangeOf(params);
  const series = useApi<Timeseries>(address("timeseries", { by: "device", key: id, from: range.from, to: range.to }), 15);
  const week = useApi<Timeseries>(address("timeseries", { by: "device", key: id, from: "-192h", step: "3600" }), 300);
  const now = useNow();
  const device = answer.data;
  if (!device) {
    if (answer.error?.status === 404) {
      return <Empty title="There is no such device.">It may have been joined with another. <Link to="/devices">All devices</Link></Empty>;
    }
    return answer.error ? <Failed what="The device cannot be shown." error={answer.error} /> : <Skeleton lines={12} />;
  }
  const name = device.name ?? device.ips[0]?.ip ?? device.macs[0] ?? device.id;
  return (
    <>
      <section className="lead">
        <div className="row">
          <Icon name={iconOf(device.type)} />
          <h1>{name}</h1>
          <span className={`dot ${device.online ? "live" : ""}`}>{device.online ? "online" : <>last seen <Time at={device.last_seen} /></>}</span>
          {device.risk.score > 0 && <strong title={device.risk.reasons.join("\n")}>risk {device.risk.score}</strong>}
        </div>
        <p>{whatItIs(device)}</p>
        <p>
          It had {bytes(device.internet.in_bytes)} from and {bytes(device.internet.out_bytes)} to the internet, and{" "}
          {bytes(device.local.in_bytes + device.local.out_bytes)} with others here, since <Time at={device.first_seen} />.
          {week.data && ` ${todayOf(usual(week.data.series[0]?.points ?? [], now / 1000, instant(device.first_seen) / 1000))}`}
        </p>
        <PresenceStrip presence={device.presence} now={now} hours={168} />
      </section>
      <section>
        <h2>Throughput in {range.label}, in above and out below the line</h2>
        {series.data?.series[0]?.points.length ? (
          <Chart series={series.data} label={`Throughput of ${name}`} height={150} onRange={(from, to) => change({ from: String(from), to: String(to), range: undefined })} />
        ) : series.error ? (
          <Failed what="The chart cannot be drawn." error={series.error} />
        ) : (
          <Empty title={series.loading ? "Loading" : `No flow of it ended in ${range.label}.`} />
        )}
      </section>
      <div className="tabs" role="tablist">
        {TABS.map((one) => (
          <button key={one} role="tab" aria-selected={one === tab} onClick={() => change({ tab: one }, true)}>
            {one} {one === "connections" && <span className="muted">{device.connections.length}</span>}
            {one === "services" && <span className="muted">{device.services.length}</span>}
          </button>
        ))}
      </div>
      <div role="tabpanel" className="stack">
        {tab === "connections" && <Connections device={device} />}
        {tab === "services" && <Services services={device.services} />}
        {tab === "uses" && <Uses device={device} />}
        {tab === "identity" && <Identity device={device} />}
        {tab === "flows" && <Flows id={id} />}
        {tab === "alerts" && <Alerts id={id} />}
      </div>
    </>
  );
}

/** How much today is, against what is usual. */
function todayOf({ today, usual }: { today: number; usual?: number }): string {
  const said = `In the last 24 hours it had ${bytes(today)} in all`;
  if (usual === undefined) return `${said}; it has not been here long enough to say what is usual.`;
  if (usual === 0) return `${said}, and nothing in the week before.`;
  const times = today / usual;
  return `${said}; ${bytes(usual)} are usual in a day${times >= 1.95 ? `, of which this is ${number(Number(times.toPrecision(2)))} times as much` : times <= 0.5 ? ": less than half of it" : ""}.`;
}

function whatItIs(device: Whole): string {
  const kind = device.model ?? device.type;
  // "Ltd." has its own.
  const maker = device.vendor?.replace(/\.$/, "");
  const sentences = [
    kind ? `${/^[aeiou]/i.test(kind) ? "An" : "A"} ${kind}${maker ? ` by ${maker}` : ""}.` : `What kind of thing it is, is unknown${maker ? `; it was made by ${maker}` : ""}.`,
    device.os && `It runs ${device.os.name} (${Math.round(device.os.confidence * 100)} % sure).`,
    device.roles.length > 0 && `To others it is ${device.roles.map((role) => role.replaceAll("-", " ")).join(", ")}.`,
  ];
  return sentences.filter(Boolean).join(" ");
}

const CONNECTIONS: Column<Connection>[] = [
  { key: "direction", title: "direction", wide: true, cell: (one) => one.direction, by: (one) => one.direction },
  {
    key: "peer",
    title: "peer",
    cell: (one) =>
      one.hostname ? (
        <>
          {one.hostname} <span className="caption mono">{one.peer}</span>
        </>
      ) : (
        <Party id={one.peer_device} ip={one.peer} />
      ),
    by: (one) => one.hostname ?? one.peer,
  },
  { key: "where", title: "where", wide: true, cell: (one) => [one.country, one.org].filter(Boolean).join(" ") || <span className="muted">local or unknown</span>, by: (one) => one.country ?? "~" },
  {
    key: "protocol",
    title: "protocol",
    cell: (one) => (
      <>
        <i className="swatch" style={{ background: seriesOf(one.protocol) }} />
        {one.application ?? one.protocol}
        {one.port !== undefined && <span className="caption"> {one.port}</span>}
      </>
    ),
    by: (one) => one.application ?? one.protocol,
  },
  { key: "in", title: "in", number: true, cell: (one) => bytes(one.in_bytes), by: (one) => one.in_bytes },
  { key: "out", title: "out", number: true, cell: (one) => bytes(one.out_bytes), by: (one) => one.out_bytes },
  { key: "flows", title: "flows", number: true, wide: true, cell: (one) => count(one.flows), by: (one) => one.flows },
  { key: "rtt", title: "round trip", number: true, wide: true, cell: (one) => (one.rtt_avg_ms === undefined ? <span className="muted">–</span> : duration(one.rtt_avg_ms)), by: (one) => one.rtt_avg_ms ?? -1 },
  { key: "lost", title: "lost", number: true, wide: true, cell: (one) => count(one.lost_segments ?? 0), by: (one) => one.lost_segments ?? 0 },
  { key: "last", title: "last", cell: (one) => <Time at={one.last_seen} />, by: (one) => one.last_seen },
];

function Connections({ device }: { device: Whole }) {
  const [sort, setSort] = useState("-in");
  const [direction, setDirection] = useState("");
  const directions = [...new Set(device.connections.map((one) => one.direction))].sort();
  const shown = useMemo(() => {
    const mine = device.connections.filter((one) => !direction || one.direction === direction);
    return sorted(mine, CONNECTIONS, sort);
  }, [device.connections, direction, sort]);
  if (device.connections.length === 0) return <Empty title="It has talked to nobody yet, as far as can be seen." />;
  return (
    <>
      <div className="row">
        {directions.map((one) => (
          <button key={one} aria-pressed={one === direction} onClick={() => setDirection(one === direction ? "" : one)}>
            {one}
          </button>
        ))}
        {device.other_connections && <span className="caption">and {plural(device.other_connections, "connection")} that there was no room for</span>}
      </div>
      <Table
        label="Connections"
        columns={CONNECTIONS}
        rows={shown}
        id={(one) => [one.peer, one.direction, one.transport, one.port, one.protocol, one.hostname, one.application].join(" ")}
        sort={sort}
        onSort={setSort}
        height={Math.min(520, 30 + 28 * shown.length)}
      />
    </>
  );
}

const SERVICES: Column<Service>[] = [
  { key: "port", title: "port", cell: (one) => <span className="mono">{one.port ? `${one.transport}/${one.port}` : one.transport}</span> },
  { key: "protocol", title: "protocol", cell: (one) => one.protocol },
  { key: "product", title: "product", cell: (one) => [one.product, one.version].filter(Boolean).join(" ") || one.name || <span className="muted">unknown</span> },
  { key: "sources", title: "known by", wide: true, cell: (one) => one.sources.join(", ") },
  { key: "first", title: "first seen", wide: true, cell: (one) => <Time at={one.first_seen} /> },
  { key: "last", title: "last seen", cell: (one) => (one.withdrawn ? "withdrawn" : <Time at={one.last_seen} />) },
];

function Services({ services }: { services: Service[] }) {
  if (services.length === 0) return <Empty title="It offers nothing that anybody used or announced." />;
  return <Table label="Services" columns={SERVICES} rows={services} id={(one) => `${one.transport}/${one.port ?? ""}/${one.protocol}/${one.name ?? ""}`} height={Math.min(520, 30 + 28 * services.length)} />;
}

function Uses({ device }: { device: Whole }) {
  const bars = (uses: Whole["uses"]) =>
    uses.slice(0, 12).map((use) => ({ key: use.name, label: use.name, value: use.bytes, text: bytes(use.bytes), colour: seriesOf(use.name) }));
  return (
    <div className="columns">
      <section>
        <h2>Protocols</h2>
        {device.uses.length > 0 ? <Bars bars={bars(device.uses)} /> : <Empty title="None yet." />}
      </section>
      <section>
        <h2>Applications</h2>
        {device.applications.length > 0 ? <Bars bars={bars(device.applications)} /> : <Empty title="None that has a name." />}
      </section>
    </div>
  );
}

function Flows({ id }: { id: string }) {
  const [open, setOpen] = useState<Flow>();
  const answer = useApi<Page<Flow>>(`devices/${encodeURIComponent(id)}/flows?limit=200`, 10);
  const flows = answer.data?.items ?? [];
  if (answer.error) return <Failed what="Its flows cannot be listed." error={answer.error} />;
  if (flows.length === 0) return answer.data ? <Empty title="No flow of it has ended within a month." /> : <Skeleton />;
  return (
    <>
      <p>
        The latest {count(flows.length)}. <Link to={address("/flows", { filter: `device = ${id}`, mode: "history" })}>All of them, with a filter</Link>
      </p>
      <FlowTable flows={flows} label="Flows" onOpen={setOpen} selected={open && keyOf(open)} height={Math.min(520, 30 + 28 * flows.length)} />
      {open && <FlowDetail flow={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function Alerts({ id }: { id: string }) {
  const answer = useApi<Page<Alert>>(address("alerts", { device: id, limit: "100" }), 10);
  if (answer.error) return <Failed what="Its alerts cannot be listed." error={answer.error} />;
  if (!answer.data) return <Skeleton />;
  if (answer.data.items.length === 0) return <Empty title="Nothing was found wrong with it." />;
  return (
    <div>
      {answer.data.items.map((alert) => (
        <div className="alert" key={alert.id}>
          <div className={`edge ${alert.severity}`} />
          <div className="stack">
            <Link to={address("/alerts", { alert: alert.id })}>{alert.title}</Link>
            <span className="row">
              <Severity of={alert.severity} />
              <span className="muted"><Time at={alert.last_seen} />, {alert.state}</span>
            </span>
          </div>
        </div>
      ))}
    </div>
  );
}
