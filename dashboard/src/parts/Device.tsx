import { nameOf, useDevices } from "../lib/devices";
import { count } from "../lib/format";
import { address } from "../lib/route";
import type { DeviceRow, Presence } from "../lib/types";
import { Icon, iconOf } from "./Icon";
import { Link } from "./Link";

/** What tells a device from its namesakes. */
const second = (row: DeviceRow): string => {
  const name = nameOf(row);
  return [row.ips[0] !== name && row.ips[0], row.vendor].filter(Boolean).join(" · ");
};

/** A device, the same wherever one is named. */
export function Chip({ row, short, bare }: { row: DeviceRow; short?: boolean; bare?: boolean }) {
  return (
    <Link to={`/devices/${encodeURIComponent(row.id)}`} className={short ? "chip short" : "chip"} device={row.id}>
      <Icon name={iconOf(row.type)} />
      <span className="names">
        <span>{nameOf(row)}</span>
        {!bare && <span className="caption">{second(row)}</span>}
      </span>
    </Link>
  );
}

/** A device by its id or address, or a bare address that is no device here. */
export function Party({ id, ip, name }: { id?: string | null; ip?: string | null; name?: string | null }) {
  const { byId, byIp } = useDevices();
  const row = (id && byId.get(id)) || (ip && byIp.get(ip));
  if (row) return <Chip row={row} short />;
  if (id) return <Link to={`/devices/${encodeURIComponent(id)}`}>{name ?? ip ?? id}</Link>;
  if (!ip) return <span className="muted">unknown</span>;
  const filter = `ip = ${ip}`;
  return (
    <Link to={address("/flows", { filter })} className="mono">
      {name ? `${name} ` : ""}
      {ip}
    </Link>
  );
}

const HOUR = 3_600_000;

/** The hours in which a device was seen, the last on the right. */
export function PresenceStrip({ presence, now, hours = 24 }: { presence: Presence[]; now: number; hours?: number }) {
  const last = Math.floor(now / HOUR);
  const minutes = new Map(presence.map((one) => [Math.floor(Date.parse(one.hour) / HOUR), one.minutes]));
  const cells = Array.from({ length: hours }, (_, i) => minutes.get(last - hours + 1 + i) ?? 0);
  const seen = cells.filter((cell) => cell > 0).length;
  // One element, as a table has many of these: bars of 3 pixels, 1 apart, the stronger the longer it was there.
  const shade = (cell: number) => (cell ? `color-mix(in srgb, var(--accent) ${Math.round(35 + (65 * Math.min(cell, 60)) / 60)}%, var(--panel))` : "var(--line)");
  const bars = cells.map((cell, i) => `${shade(cell)} ${4 * i}px ${4 * i + 3}px, transparent ${4 * i + 3}px ${4 * i + 4}px`);
  return (
    <span
      className="strip"
      role="img"
      style={{ width: 4 * hours - 1, background: `linear-gradient(90deg, ${bars.join(", ")})` }}
      aria-label={`seen in ${count(seen)} of the last ${hours} hours`}
      title={`Seen in ${seen} of the last ${hours} hours`}
    />
  );
}
