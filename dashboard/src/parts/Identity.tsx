import type { Device as Whole, Finding } from "../lib/types";
import { Party } from "./Device";
import { Empty } from "./Note";
import { Span } from "./Time";

function Evidence({ what, finding }: { what: string; finding?: Finding }) {
  if (!finding) return null;
  return (
    <section>
      <h2>
        {what} <span className="muted">{Math.round(finding.confidence * 100)} % sure</span>
      </h2>
      <ul>
        {finding.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </section>
  );
}

/** Names and addresses in time, and why it is thought to be what it is. */
export function Identity({ device }: { device: Whole }) {
  return (
    <div className="columns">
      <section>
        <h2>Names</h2>
        {device.hostnames.length === 0 && <Empty title="Nobody has called it anything yet." />}
        <dl className="facts">
          {device.hostnames.map((one) => (
            <div key={`${one.source} ${one.name}`} style={{ display: "contents" }}>
              <dt>{one.source}</dt>
              <dd>
                {one.name} <span className="caption"><Span from={one.first_seen} to={one.last_seen} /></span>
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <section>
        <h2>Addresses</h2>
        <dl className="facts">
          {device.ips.map((one) => (
            <div key={one.ip} style={{ display: "contents" }}>
              <dt className="mono">{one.ip}</dt>
              <dd>
                {one.evidence}
                {!one.current && ", not any more"} <span className="caption"><Span from={one.first_seen} to={one.last_seen} /></span>
              </dd>
            </div>
          ))}
          {device.hardware.map((one) => (
            <div key={one.mac} style={{ display: "contents" }}>
              <dt className="mono">{one.mac}</dt>
              <dd>
                {one.locally_administered ? "made up by the device or its owner" : (one.vendor ?? "vendor unknown")}{" "}
                <span className="caption"><Span from={one.first_seen} to={one.last_seen} /></span>
              </dd>
            </div>
          ))}
        </dl>
        {device.behind && <p>Its packets come through <Party id={device.behind} />.</p>}
        {device.vlans && device.vlans.length > 0 && <p>VLAN {device.vlans.join(", ")}</p>}
      </section>
      <Evidence what={device.os?.name ?? ""} finding={device.os} />
      <Evidence what={device.type ?? ""} finding={device.type_evidence} />
      <Evidence what={device.model ?? ""} finding={device.model_evidence} />
      <Evidence what="Several systems behind one address" finding={device.shared} />
      {device.joined && device.joined.length > 0 && (
        <section>
          <h2>Why these addresses are one device</h2>
          <ul>
            {device.joined.map((one) => (
              <li key={one.time + one.addresses.join()}>
                <span className="mono">{one.addresses.join(" ")}</span>, {Math.round(one.probability * 100)} % sure: {one.reasons.join("; ")}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
