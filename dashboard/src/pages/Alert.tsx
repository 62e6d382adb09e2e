import { AlertDetail } from "../parts/AlertCard";
import { Link } from "../parts/Link";
import { Failed, Skeleton } from "../parts/Note";
import { Time } from "../parts/Time";
import { invalidate, useApi } from "../lib/api";
import { useLive } from "../lib/live";
import { useMay } from "../lib/session";
import type { Alert as AlertRecord, Incident, Page } from "../lib/types";

/** One alert at an address of its own, with what else its actor did. */
export default function Alert({ id }: { id: string }) {
  const mayJudge = useMay("operator");
  const alert = useApi<AlertRecord>(`alerts/${encodeURIComponent(id)}`);
  const incidents = useApi<Page<Incident>>("incidents?limit=1000");
  useLive("alerts", () => invalidate("alerts"));
  if (!alert.data) return alert.error ? <Failed what="This alert cannot be shown. It may have been removed with its day." error={alert.error} /> : <Skeleton lines={12} />;
  const incident = incidents.data?.items.find((one) => one.id === alert.data?.incident);
  const others = incident?.timeline.filter((step) => step.alert !== id) ?? [];
  return (
    <>
      <section className="lead">
        <h1>{alert.data.title}</h1>
      </section>
      <div className="narrow-text">
        <AlertDetail key={alert.data.id} alert={alert.data} mayJudge={mayJudge} />
      </div>
      {others.length > 0 && (
        <section>
          <h2>The same actor, at about the same time</h2>
          <ol className="timeline">
            {others.map((step) => (
              <li key={step.alert + step.time}>
                <Time at={step.time} /> <Link to={`/alerts/${encodeURIComponent(step.alert)}`}>{step.title}</Link> <span className="caption">{step.detector}</span>
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}
