import { useMemo } from "react";
import { Chip, PresenceStrip } from "../parts/Device";
import { FilterBar } from "../parts/FilterBar";
import { Empty, Failed, Skeleton } from "../parts/Note";
import { type Column, Table, sorted } from "../parts/Table";
import { TableTools } from "../parts/TableTools";
import { Time, useNow } from "../parts/Time";
import { Views } from "../parts/Views";
import { useApi } from "../lib/api";
import { useColumns } from "../lib/columns";
import { nameOf, useDevices } from "../lib/devices";
import { both, quoted } from "../lib/filters";
import { bytes, instant, plural } from "../lib/format";
import { address, change, go, usePlace } from "../lib/route";
import type { DeviceRow, Page } from "../lib/types";

const DAY = 86_400_000;

const columns = (now: number): Column<DeviceRow>[] => [
  { key: "name", title: "device", cell: (row) => (<><Chip row={row} short bare />{now - instant(row.first_seen) < DAY && <strong className="fresh" title="first seen within a day">new</strong>}</>), by: nameOf, filter: (row) => `name = ${quoted(nameOf(row))}` },
  { key: "ip", title: "addresses", wide: true, cell: (row) => <span className="mono" title={[...row.ips, ...row.macs].join("\n")}>{address4(row) ?? row.macs[0]}{row.ips.length > 1 && <span className="muted"> +{row.ips.length - 1}</span>}</span>, by: (row) => row.ips[0] ?? "", filter: (row) => (row.ips[0] ? `ip = ${row.ips[0]}` : undefined) },
  { key: "last_seen", title: "seen", cell: (row) => (row.online ? "online" : <Time at={row.last_seen} />), by: (row) => row.last_seen },
  { key: "risk", title: "risk", number: true, cell: (row) => (row.risk_score > 0 ? <strong>{row.risk_score}</strong> : 0), by: (row) => row.risk_score },
  { key: "presence", title: "last 24 h", wide: true, cell: (row) => <PresenceStrip presence={row.presence} now={now} /> },
  { key: "down", title: "internet in", number: true, cell: (row) => bytes(row.internet.in_bytes), by: (row) => row.internet.in_bytes },
  { key: "up", title: "internet out", number: true, wide: true, cell: (row) => bytes(row.internet.out_bytes), by: (row) => row.internet.out_bytes },
  { key: "local", title: "local", number: true, wide: true, cell: (row) => bytes(row.local.in_bytes + row.local.out_bytes), by: (row) => row.local.in_bytes + row.local.out_bytes },
  {
    key: "os",
    title: "system",
    wide: true,
    slim: true,
    cell: (row) => (row.os ? <span title={`${Math.round(row.os.confidence * 100)} % sure`}>{row.os.name}</span> : <span className="muted">unknown</span>),
    by: (row) => row.os?.name ?? "~",
    filter: (row) => row.os && `os = ${quoted(row.os.name)}`,
  },
  { key: "vendor", title: "vendor", wide: true, slim: true, cell: (row) => row.vendor ? <span title={row.vendor}>{row.vendor}</span> : <span className="muted">unknown</span>, by: (row) => row.vendor ?? "~", filter: (row) => row.vendor && `vendor = ${quoted(row.vendor)}` },
  { key: "services", title: "services", number: true, wide: true, cell: (row) => row.services, by: (row) => row.services },
  { key: "first_seen", title: "first seen", wide: true, extra: true, cell: (row) => <Time at={row.first_seen} />, by: (row) => row.first_seen },
];

/** The address that people know. */
const address4 = (row: DeviceRow): string | undefined => row.ips.find((ip) => ip.includes(".")) ?? row.ips[0];

const GROUPS: Record<string, (row: DeviceRow) => string> = {
  type: (row) => row.type ?? "unknown",
  vendor: (row) => row.vendor ?? "unknown",
  vlan: (row) => row.vlans.map((vlan) => `VLAN ${vlan}`).join(", ") || "no VLAN",
  subnet: (row) => row.ips[0]?.replace(/\.\d+$/, ".0/24") ?? "no address",
};

/** Who is on the network. */
export default function Devices() {
  const { params } = usePlace();
  const [filter, sort, group, picked] = ["filter", "sort", "group", "of"].map((name) => params.get(name) ?? "");
  const now = useNow();
  const known = useDevices();
  const filtered = useApi<Page<DeviceRow>>(filter ? address("devices", { filter, limit: "1000" }) : undefined, 5);
  const rows = useMemo(() => (filter ? (filtered.data?.items ?? []) : known.all), [filter, filtered.data, known.all]);
  const by = group ? GROUPS[group] : undefined;
  const groups = useMemo(() => {
    const counts = new Map<string, number>();
    if (by) rows.forEach((row) => counts.set(by(row), (counts.get(by(row)) ?? 0) + 1));
    return [...counts].sort((a, b) => b[1] - a[1]);
  }, [rows, by]);
  const shown = useMemo(() => {
    const mine = by && picked ? rows.filter((row) => by(row) === picked) : rows;
    return sorted(mine, columns(0), sort || "-last_seen");
  }, [rows, by, picked, sort]);
  const all = columns(now);
  const table = useColumns("devices", all);
  // Times are compared as texts, which are in the order of time: there are many.
  const dayAgo = new Date(Math.floor((now - DAY) / 60_000) * 60_000).toISOString();
  const online = useMemo(() => known.all.filter((row) => row.online).length, [known.all]);
  const fresh = useMemo(() => known.all.filter((row) => row.first_seen > dayAgo).length, [known.all, dayAgo]);
  return (
    <>
      <section className="lead">
        <h1>
          {plural(known.all.length, "device")}, {online} online, {fresh} new within a day
        </h1>
        <p className="muted">
          {filter || picked ? `${plural(shown.length, "device")} of them ${shown.length === 1 ? "is" : "are"} shown.` : "Every address and name is an attribute of a device; open one to see the evidence."}
        </p>
      </section>
      <Views page="devices" />
      <FilterBar subject="devices" value={filter ?? ""} error={filtered.error} onChange={(filter) => change({ filter })} placeholder="type = printer and online = true" />
      <div className="row">
        <label>
          Group by{" "}
          <select value={group} onChange={(event) => change({ group: event.target.value, of: undefined })}>
            <option value="">nothing</option>
            {Object.keys(GROUPS).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        {groups.slice(0, 16).map(([name, n]) => (
          <button key={name} aria-pressed={picked === name} onClick={() => change({ of: picked === name ? undefined : name })}>
            {name} <span className="muted">{n}</span>
          </button>
        ))}
        <TableTools name="devices" all={all} shown={table.shown} toggle={table.toggle} rows={shown} />
      </div>
      {known.error && !known.loaded && <Failed what="Devices cannot be listed." error={known.error} />}
      {shown.length > 0 ? (
        <div className="fill">
          <Table
            label="Devices"
            columns={table.shown}
            onFilter={(more) => change({ filter: both(filter, more) })}
            rows={shown}
            id={(row) => row.id}
            sort={sort || "-last_seen"}
            onSort={(sort) => change({ sort }, true)}
            onOpen={(row) => go(`/devices/${encodeURIComponent(row.id)}`)}
            height="100%"
          />
        </div>
      ) : !known.loaded || filtered.loading ? (
        <Skeleton lines={10} />
      ) : (
        <Empty title={filter ? "No device is like that." : "No device has been seen yet."}>
          {filter ? "Make the filter wider, or clear it." : "Devices are found by what they send: ARP, DHCP, mDNS and the like. On a switch port without a mirror only broadcasts arrive."}
        </Empty>
      )}
    </>
  );
}
