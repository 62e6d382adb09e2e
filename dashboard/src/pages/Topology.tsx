import { Graph } from "../parts/Graph";
import { Link } from "../parts/Link";
import { Empty, Failed, Skeleton } from "../parts/Note";
import { type Column, Table } from "../parts/Table";
import { useApi } from "../lib/api";
import { seriesOf } from "../lib/colour";
import { bytes, count, plural } from "../lib/format";
import { called } from "../lib/scene";
import { address, change, usePlace } from "../lib/route";
import type { Graph as Whole, GraphLink } from "../lib/types";

/** Who talks to whom, and what hangs where. */
export default function Topology() {
  const { params } = usePlace();
  const focus = params.get("node") ?? undefined;
  const most = params.get("most") ?? "300";
  const graph = useApi<Whole>(address("topology", { most }), 10);
  if (!graph.data) return graph.error ? <Failed what="The graph cannot be shown." error={graph.error} /> : <Skeleton lines={12} />;
  const { nodes, links, facts } = graph.data;
  const names = new Map(nodes.map((node) => [node.id, called(node)]));
  const cables = links.filter((link) => link.kind === "link").length;
  const protocols = [...new Set(links.map((link) => link.protocol ?? "unknown"))].slice(0, 12);
  const columns: Column<GraphLink>[] = [
    { key: "a", title: "one", cell: (link) => names.get(link.source) ?? link.source },
    { key: "b", title: "other", cell: (link) => names.get(link.target) ?? link.target },
    { key: "protocol", title: "mostly", cell: (link) => (link.kind === "link" ? "cable" : (link.protocol ?? "unknown")) },
    { key: "bytes", title: "bytes", number: true, cell: (link) => bytes(link.bytes) },
    { key: "flows", title: "flows", number: true, cell: (link) => count(link.flows) },
  ];
  const shown = links.filter((link) => !focus || link.source === focus || link.target === focus).sort((a, b) => b.bytes - a.bytes);
  const folded = nodes.some((node) => node.kind === "group");
  return (
    <>
      <section className="lead">
        <h1>
          {plural(facts.subnets.length, "subnet")}, {plural(facts.gateways.length, "gateway")}, {plural(links.length, "pair")} that talk
        </h1>
        <p className="muted">
          {cables === 0 ? "No cable is known: switches tell of them by LLDP, every 30 s, unless that is off. " : `${plural(cables, "cable")} known by LLDP, CDP or STP, drawn dashed. `}
          {folded && "Devices of a subnet are folded into one; routers and servers stay. "}
        </p>
      </section>
      <div className="row">
        <label>
          Find{" "}
          <input
            list="nodes"
            placeholder="a device or subnet"
            onChange={(event) => {
              const found = nodes.find((node) => node.label === event.target.value);
              if (found) change({ node: found.id });
            }}
          />
        </label>
        <datalist id="nodes">
          {nodes.slice(0, 500).map((node) => (
            <option key={node.id} value={node.label} />
          ))}
        </datalist>
        <label>
          Fold beyond{" "}
          <select value={most} onChange={(event) => change({ most: event.target.value })}>
            {["50", "300", "1000", "2000"].map((n) => (
              <option key={n}>{n}</option>
            ))}
          </select>
        </label>
        {focus && <button onClick={() => change({ node: undefined })}>Show all</button>}
        {focus && !focus.includes(":") && <Link to={`/devices/${encodeURIComponent(focus)}`}>Look at {names.get(focus) ?? focus}</Link>}
        <span className="legend">
          {protocols.map((protocol) => (
            <span key={protocol}>
              <i style={{ background: seriesOf(protocol) }} />
              {protocol}
            </span>
          ))}
        </span>
      </div>
      {nodes.length > 0 ? (
        <>
          <Graph nodes={nodes} links={links} focus={focus} onFocus={(node) => change({ node })} />
          <Table label="Who talks to whom" columns={columns} rows={shown} id={(link) => `${link.source} ${link.target} ${link.kind}`} height={Math.min(260, 32 + 28 * shown.length)} />
        </>
      ) : (
        <Empty title="Nobody has talked to anybody yet." />
      )}
    </>
  );
}
