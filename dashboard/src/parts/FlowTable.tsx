import { seriesOf } from "../lib/colour";
import { quoted } from "../lib/filters";
import { bytes, duration, timeOfDay } from "../lib/format";
import type { Flow } from "../lib/types";
import { Party } from "./Device";
import { Icon } from "./Icon";
import { type Column, Table } from "./Table";

/** Whom it went to: the name first, the address beside it. */
export function Peer({ flow }: { flow: Flow }) {
  const port = flow.dst_port ? `:${flow.dst_port}` : "";
  const country = flow.dst_country ? ` ${flow.dst_country}` : "";
  return (
    <span className="chip short">
      {flow.encrypted && <Icon name="lock" />}
      {flow.hostname ? (
        <span className="names">
          <span>{flow.hostname}</span>
          <span className="caption mono">
            {flow.dst_ip}
            {port}
            {country}
          </span>
        </span>
      ) : (
        <span className="names">
          <Party id={flow.dst_device} ip={flow.dst_ip} />
          <span className="caption mono">
            {port}
            {country}
          </span>
        </span>
      )}
    </span>
  );
}

export const FLOW_COLUMNS: Column<Flow>[] = [
  { key: "end", title: "ended", wide: true, cell: (flow) => <span title={flow.end}>{timeOfDay(flow.end)}</span>, by: (flow) => flow.end },
  { key: "src", title: "from", cell: (flow) => <Party id={flow.src_device} ip={flow.src_ip} />, by: (flow) => flow.src_ip, filter: (flow) => `src_ip = ${flow.src_ip}` },
  { key: "dst", title: "to", grow: true, cell: (flow) => <Peer flow={flow} />, by: (flow) => flow.hostname ?? flow.dst_ip, filter: (flow) => (flow.hostname ? `hostname = ${quoted(flow.hostname)}` : `dst_ip = ${flow.dst_ip}`) },
  {
    key: "protocol",
    title: "protocol",
    cell: (flow) => (
      <>
        <i className="swatch" style={{ background: seriesOf(flow.protocol) }} />
        {flow.protocol} {flow.application && flow.application !== flow.protocol && <span className="caption">{flow.application}</span>}
      </>
    ),
    by: (flow) => flow.protocol,
    filter: (flow) => (flow.application && flow.application !== flow.protocol ? `application = ${quoted(flow.application)}` : `protocol = ${quoted(flow.protocol)}`),
  },
  { key: "sent", title: "sent", number: true, cell: (flow) => bytes(flow.src_bytes), by: (flow) => flow.src_bytes, filter: (flow) => `src_bytes >= ${flow.src_bytes}` },
  { key: "received", title: "received", number: true, cell: (flow) => bytes(flow.dst_bytes), by: (flow) => flow.dst_bytes, filter: (flow) => `dst_bytes >= ${flow.dst_bytes}` },
  { key: "duration", title: "lasted", number: true, wide: true, cell: (flow) => duration(flow.duration_ms), by: (flow) => flow.duration_ms },
  {
    key: "rtt",
    title: "round trip",
    number: true,
    wide: true,
    cell: (flow) => (flow.rtt_avg_ms === undefined ? <span className="muted">–</span> : duration(flow.rtt_avg_ms)),
    by: (flow) => flow.rtt_avg_ms ?? -1,
  },
  {
    key: "risks",
    title: "risks",
    wide: true,
    cell: (flow) => flow.risks?.join(", ") || <span className="muted">none</span>,
    by: (flow) => flow.risks?.length ?? 0,
    filter: (flow) => flow.risks?.map((risk) => `risks has ${quoted(risk)}`).join(" and ") || undefined,
  },
];

interface Props {
  flows: Flow[];
  label: string;
  sort?: string;
  onSort?: (sort: string) => void;
  onOpen: (flow: Flow) => void;
  selected?: string;
  height?: number | string;
  onEnd?: () => void;
  onFilter?: (filter: string) => void;
  columns?: Column<Flow>[];
}

export const keyOf = (flow: Flow): string => flow.ref ?? `${flow.id}-${flow.end}`;

/** Flows as rows. */
export function FlowTable(props: Props) {
  return <Table {...props} columns={props.columns ?? FLOW_COLUMNS} rows={props.flows} id={keyOf} />;
}
