import { useState } from "react";
import { bytes, count, exact, number, words } from "../lib/format";
import { quoted } from "../lib/filters";
import { address } from "../lib/route";
import type { Flow } from "../lib/types";
import { Party } from "./Device";
import { Drawer } from "./Drawer";
import { Link } from "./Link";

const TIMES = new Set(["start", "end"]);
const LAYERS: [string, RegExp][] = [
  ["Link", /^(interface|vlans?|src_mac|dst_mac|tunnel)/],
  ["Network", /^(src_ip|dst_ip|src_device|dst_device|direction|ttl|src_ttl|dst_ttl|src_country|dst_country|src_asn|dst_asn|src_org|dst_org|fragments|community_id)/],
  ["Transport", /^(transport|src_port|dst_port|tcp|state|end_reason|rtt|handshake|jitter|.*retransmits|.*packets|.*bytes|lost|duration|start$|end$|out_of_order|src_os|dst_os|.*tcp_sig|.*window|.*zero)/],
];

const layerOf = (name: string): string => LAYERS.find(([, pattern]) => pattern.test(name))?.[0] ?? "Application";

/** A value of any kind, as text. */
function Value({ name, value }: { name: string; value: unknown }) {
  if (Array.isArray(value)) {
    const items = value.map((item) => (typeof item === "object" ? JSON.stringify(item) : String(item)));
    return <span>{items.join(", ") || "none"}</span>;
  }
  if (value !== null && typeof value === "object") {
    return (
      <dl className="facts">
        {Object.entries(value).map(([key, inner]) => (
          <Fact key={key} name={key} value={inner} />
        ))}
      </dl>
    );
  }
  if (typeof value === "number") return <span title={String(value)}>{name.endsWith("bytes") ? bytes(value) : name.endsWith("port") ? value : name.endsWith("_ms") ? `${value}\u202fms` : number(value)}</span>;
  if (TIMES.has(name)) return <time title={String(value)}>{exact(String(value))}</time>;
  return <span>{typeof value === "boolean" ? (value ? "yes" : "no") : String(value)}</span>;
}

function Fact({ name, value }: { name: string; value: unknown }) {
  if (value === null || value === undefined) return null;
  return (
    <>
      <dt>{words(name)}</dt>
      <dd>
        <Value name={name} value={value} />
      </dd>
    </>
  );
}

const LABELS = new Set(["port", "asn"]);

/** What was counted in both directions. */
export function sidesOf(flow: Flow): [string, number, number][] {
  const values = new Map<string, unknown>(Object.entries(flow));
  return [...values].flatMap(([name, out]) => {
    const rest = name.startsWith("src_") ? name.slice(4) : "";
    const back = values.get(`dst_${rest}`);
    return rest && !LABELS.has(rest) && typeof out === "number" && typeof back === "number" ? [[rest, out, back] as [string, number, number]] : [];
  });
}

function Sides({ sides }: { sides: [string, number, number][] }) {
  const told = (name: string, value: number) => (name.endsWith("bytes") ? bytes(value) : number(value));
  return (
    <section>
      <h2>Both directions</h2>
      <table className="sides">
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden">what</span>
            </th>
            <th scope="col" className="number">
              sent
            </th>
            <th scope="col" className="number">
              received
            </th>
          </tr>
        </thead>
        <tbody>
          {sides.map(([name, out, back]) => (
            <tr key={name}>
              <th scope="row">{words(name)}</th>
              <td className="number" title={String(out)}>
                {told(name, out)}
              </td>
              <td className="number" title={String(back)}>
                {told(name, back)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A flow beside the list that it is in. */
export function FlowDetail({ flow, onClose }: { flow: Flow; onClose: () => void }) {
  return (
    <Drawer
      title={
        <>
          {flow.protocol} to {flow.hostname ?? flow.dst_ip}
        </>
      }
      onClose={onClose}
    >
      {flow.ref && (
        <p>
          <Link to={`/flows/${encodeURIComponent(flow.ref)}`}>Open as a page</Link>
        </p>
      )}
      <FlowFacts flow={flow} />
    </Drawer>
  );
}

/** Everything that is known of a flow, by layer. */
export function FlowFacts({ flow }: { flow: Flow }) {
  const [copied, setCopied] = useState("");
  const sides = sidesOf(flow);
  const beside = new Set(sides.flatMap(([name]) => [`src_${name}`, `dst_${name}`]));
  const layers = new Map<string, [string, unknown][]>();
  for (const [name, value] of Object.entries(flow)) {
    if (name === "ref" || beside.has(name)) continue;
    const layer = layerOf(name);
    layers.set(layer, [...(layers.get(layer) ?? []), [name, value]]);
  }
  const filter = [`src_ip = ${flow.src_ip}`, `dst_ip = ${flow.dst_ip}`, flow.dst_port && `dst_port = ${flow.dst_port}`]
    .filter(Boolean)
    .join(" and ");
  const copy = async (what: string, text: string) => {
    await navigator.clipboard.writeText(text);
    setCopied(what);
  };
  const only = flow.hostname ? `hostname = ${quoted(flow.hostname)}` : filter;
  return (
    <>
      <p>
        <Party id={flow.src_device} ip={flow.src_ip} /> sent {bytes(flow.src_bytes)} in {count(flow.src_packets)} packets and got{" "}
        {bytes(flow.dst_bytes)} in {count(flow.dst_packets)}.
      </p>
      <div className="row">
        <Link to={address("/flows", { filter: only })}>Flows like this</Link>
        <button onClick={() => void copy("filter", filter)}>Copy as filter</button>
        <button onClick={() => void copy("JSON", JSON.stringify(flow, null, 2))}>Copy as JSON</button>
        <span className="caption" role="status">
          {copied && `${copied} copied`}
        </span>
      </div>
      {sides.length > 0 && <Sides sides={sides} />}
      {["Application", "Transport", "Network", "Link"].filter((layer) => layers.has(layer)).map((layer) => (
        <section key={layer}>
          <h2>{layer}</h2>
          <dl className="facts">
            {(layers.get(layer) ?? []).map(([name, value]) => (
              <Fact key={name} name={name} value={value} />
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}
