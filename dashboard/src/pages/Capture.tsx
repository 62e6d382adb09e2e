import { Bars } from "../parts/Bars";
import { Empty, Failed, Skeleton } from "../parts/Note";
import { type Column, Table } from "../parts/Table";
import { Time } from "../parts/Time";
import { useApi } from "../lib/api";
import { bytes, count, plural, share } from "../lib/format";
import type { Interface, Stats } from "../lib/types";

const COLUMNS: Column<Interface>[] = [
  { key: "name", title: "interface", cell: (one) => <span title={one.name}>{one.name}</span> },
  { key: "link", title: "link", cell: (one) => one.link ?? "file" },
  { key: "packets", title: "packets", number: true, cell: (one) => count(one.packets) },
  { key: "bytes", title: "bytes", number: true, cell: (one) => bytes(one.bytes) },
  { key: "drops", title: "lost by the kernel", number: true, cell: (one) => `${count(one.kernel_drops)} (${share(one.kernel_drops, one.packets + one.kernel_drops)})` },
  { key: "freezes", title: "ring full", number: true, wide: true, cell: (one) => plural(one.freezes, "time") },
];

const LOSSES: [keyof Stats["drops"], string, string][] = [
  ["kernel", "lost by the kernel", "The rings were full. More memory (capture.ring_mib), more rings (capture.rings), or a filter helps."],
  ["shed", "given up", "They were captured, and there was no time to analyse them."],
  ["undecodable", "undecodable", "Their headers make no sense: damaged, cut short, or of a kind that is not known."],
  ["filtered", "left out on purpose", "The configuration says so (networks.ignore)."],
];

/** How well the network is seen, and what is not. */
export default function Capture() {
  const answer = useApi<Stats>("stats", 2);
  const stats = answer.data;
  if (!stats) return answer.error ? <Failed what="The capture cannot be asked." error={answer.error} /> : <Skeleton lines={10} />;
  const { drops } = stats;
  const all = drops.received + drops.kernel;
  const missed = drops.kernel + drops.shed;
  return (
    <>
      <section className="lead">
        <h1>{missed === 0 ? `All of ${plural(all, "packet")} were seen.` : `${share(missed, all)} of ${plural(all, "packet")} were missed: every number is "at least".`}</h1>
        <p className="muted">
          {plural(stats.open_flows, "flow")} open, {count(stats.flows)} since the start, {count(stats.evicted)} ended early for want of room. The last packet came <Time at={stats.time} />.
        </p>
      </section>
      <section>
        <h2>Interfaces</h2>
        {stats.interfaces.length > 0 ? (
          <Table label="Interfaces" columns={COLUMNS} rows={stats.interfaces} id={(one) => one.name} height={34 + 28 * stats.interfaces.length} />
        ) : (
          <Empty title="No interface is listened to." />
        )}
      </section>
      <section>
        <h2>Four kinds of loss, never mixed</h2>
        <dl className="facts">
          {LOSSES.map(([name, title, about]) => (
            <div key={name} style={{ display: "contents" }}>
              <dt>{title}</dt>
              <dd>
                <strong>{count(drops[name])}</strong> <span className="caption">{share(drops[name], all)}. {about}</span>
              </dd>
            </div>
          ))}
        </dl>
      </section>
      {stats.undecodable.length > 0 && (
        <section>
          <h2>Why packets could not be decoded</h2>
          <Bars bars={stats.undecodable.map((one) => ({ key: one.name, label: one.name, value: one.packets, text: count(one.packets), colour: "var(--series-9)" }))} />
        </section>
      )}
      <section>
        <h2>What was seen and could not be kept</h2>
        <dl className="facts">
          <dt>records of flows</dt>
          <dd>{count(stats.records_shed)}</dd>
          <dt>observations</dt>
          <dd>{count(stats.events_shed)}</dd>
          {stats.store && (
            <>
              <dt>history</dt>
              <dd>
                {bytes(stats.store.bytes)} on disk, {bytes(stats.store.free_bytes)} free, {bytes(stats.store.bytes_per_day)} a day;{" "}
                {stats.store.bytes_per_day > 0 && `enough for ${plural(Math.floor(stats.store.free_bytes / stats.store.bytes_per_day), "day")} more; `}
                {count(stats.store.lost)} records lost to the disk, {count(stats.store.shed)} for want of time
              </dd>
            </>
          )}
        </dl>
        {stats.store?.trouble && <Failed what={stats.store.trouble.what} error={stats.store.trouble.remedy} />}
      </section>
      <section>
        <h2>What a mirror does not show</h2>
        <p className="muted">
          Traffic between two ports that are not mirrored, and on a switch without a mirror everything but broadcasts. Wireless clients of one
          access point talk to each other inside of it.
        </p>
      </section>
    </>
  );
}
