import { useMemo } from "react";
import { AlertDetail } from "../parts/AlertCard";
import { Party } from "../parts/Device";
import { Drawer } from "../parts/Drawer";
import { FilterBar } from "../parts/FilterBar";
import { Link } from "../parts/Link";
import { Empty, Failed, Skeleton } from "../parts/Note";
import { RANK, Severity } from "../parts/Severity";
import { type Column, Table, sorted } from "../parts/Table";
import { Span, Time } from "../parts/Time";
import { Views } from "../parts/Views";
import { invalidate, useApi } from "../lib/api";
import { count, plural } from "../lib/format";
import { useLive } from "../lib/live";
import { address, change, usePlace } from "../lib/route";
import { useMay } from "../lib/session";
import type { Alert, Incident, Page } from "../lib/types";

const COLUMNS: Column<Alert>[] = [
  { key: "severity", title: "severity", cell: (alert) => <Severity of={alert.severity} />, by: (alert) => RANK[alert.severity] },
  { key: "title", title: "what", grow: true, cell: (alert) => <span title={alert.title}>{alert.title}</span>, by: (alert) => alert.title },
  { key: "who", title: "who", wide: true, cell: (alert) => <Party id={alert.device} ip={alert.src_ip} name={alert.device_name} />, by: (alert) => alert.device_name ?? alert.src_ip ?? "" },
  { key: "count", title: "times", number: true, wide: true, cell: (alert) => count(alert.count), by: (alert) => alert.count },
  { key: "state", title: "state", wide: true, cell: (alert) => alert.state, by: (alert) => alert.state },
  { key: "last", title: "last", cell: (alert) => <Time at={alert.last_seen} />, by: (alert) => alert.last_seen },
];

const STATES = ["open", "acknowledged", "muted"] as const;

/** What is wrong, why that is thought, and what to do about it. */
export default function Alerts() {
  const { params } = usePlace();
  const [filter, sort, chosen, incident] = ["filter", "sort", "alert", "incident"].map((name) => params.get(name) ?? "");
  const state = params.get("state") ?? "open";
  const mayJudge = useMay("operator");
  const alerts = useApi<Page<Alert>>(address("alerts", { filter, state: state === "all" ? "" : state, limit: "1000" }), 10);
  const incidents = useApi<Page<Incident>>("incidents?limit=50", 10);
  const one = useApi<Alert>(chosen ? `alerts/${encodeURIComponent(chosen)}` : undefined);
  useLive("alerts", () => {
    invalidate("alerts");
    invalidate("incidents");
  });
  const shown = useMemo(() => {
    const items = (alerts.data?.items ?? []).filter((alert) => !incident || alert.incident === incident);
    return sorted(items, COLUMNS, sort || "-last");
  }, [alerts.data, incident, sort]);
  const worst = alerts.data?.items.reduce((worst, alert) => Math.max(worst, RANK[alert.severity]), 0) ?? 0;
  return (
    <>
      <section className="lead">
        <h1>
          {alerts.data
            ? alerts.data.items.length === 0
              ? `Nothing is ${state === "all" ? "wrong" : state}.`
              : `${plural(alerts.data.total ?? alerts.data.items.length, "alert")} ${state === "all" ? "in all" : state}${worst >= 3 ? ", some of them serious" : ""}.`
            : "Alerts"}
        </h1>
        <p className="muted">Each says what was measured, what is usual, and which harmless causes it may have.</p>
      </section>
      <section>
        <h2>Incidents</h2>
        {incidents.data?.items.length ? (
          <div>
            {incidents.data.items.slice(0, 8).map((one) => (
              <div className="alert" key={one.id}>
                <div className={`edge ${one.severity}`} />
                <div className="stack">
                  <div className="row">
                    <button className="plain" aria-pressed={one.id === incident} onClick={() => change({ incident: one.id === incident ? undefined : one.id, state: "all" })}>
                      {one.title}
                    </button>
                  </div>
                  <span className="row">
                    <Severity of={one.severity} />
                    <Party id={one.device} ip={one.src_ip} />
                    <span className="muted">
                      {plural(one.timeline.length, "step")}, <Span from={one.first_seen} to={one.last_seen} />
                    </span>
                  </span>
                  {one.id === incident && (
                    <ol className="timeline">
                      {one.timeline.map((step) => (
                        <li key={step.alert + step.time}>
                          <Time at={step.time} />{" "}
                          <button className="plain" onClick={() => change({ alert: step.alert })}>
                            {step.title}
                          </button>{" "}
                          <span className="caption">{step.detector}</span>
                        </li>
                      ))}
                    </ol>
                  )}
                </div>
              </div>
            ))}
          </div>
        ) : incidents.error ? (
          <Failed what="Incidents cannot be listed." error={incidents.error} />
        ) : incidents.data ? (
          <Empty title="No incident." />
        ) : (
          <Skeleton />
        )}
      </section>
      <Views page="alerts" />
      <FilterBar subject="alerts" value={filter ?? ""} error={alerts.error} onChange={(filter) => change({ filter })} placeholder="severity >= medium and detector != beaconing" />
      <div className="row">
        {[...STATES, "all"].map((name) => (
          <button key={name} aria-pressed={name === state} onClick={() => change({ state: name })}>
            {name}
          </button>
        ))}
        {incident && <button onClick={() => change({ incident: undefined })}>Of all incidents again</button>}
      </div>
      {alerts.error && alerts.error.status !== 400 && <Failed what="Alerts cannot be listed." error={alerts.error} />}
      {shown.length > 0 ? (
        <Table
          label="Alerts"
          columns={COLUMNS}
          rows={shown}
          id={(alert) => alert.id}
          sort={sort || "-last"}
          onSort={(sort) => change({ sort }, true)}
          onOpen={(alert) => change({ alert: alert.id })}
          selected={chosen}
          height={Math.min(640, 32 + 28 * shown.length)}
        />
      ) : alerts.loading ? (
        <Skeleton lines={8} />
      ) : (
        !alerts.error && <Empty title={`No ${state === "all" ? "" : `${state} `}alert${filter ? " is like that" : ""}.`}>{filter ? "Make the filter wider." : "Detectors are always on; docs/detections.md says what each looks for."}</Empty>
      )}
      {chosen && (
        <Drawer title={one.data?.title ?? alerts.data?.items.find((alert) => alert.id === chosen)?.title ?? "Alert"} onClose={() => change({ alert: undefined })}>
          <p>
            <Link to={`/alerts/${encodeURIComponent(chosen)}`}>Open as a page</Link>
          </p>
          {one.data ? <AlertDetail key={one.data.id} alert={one.data} mayJudge={mayJudge} /> : one.error ? <Failed what="The alert cannot be shown." error={one.error} /> : <Skeleton />}
        </Drawer>
      )}
    </>
  );
}
