import { FlowFacts } from "../parts/FlowDetail";
import { Failed, Skeleton } from "../parts/Note";
import { Time } from "../parts/Time";
import { useApi } from "../lib/api";
import type { Flow as FlowRecord } from "../lib/types";

/** One flow of the history, at an address of its own. */
export default function Flow({ reference }: { reference: string }) {
  const flow = useApi<FlowRecord>(`flows/${encodeURIComponent(reference)}`);
  if (!flow.data) return flow.error ? <Failed what="This flow cannot be shown. It may have been removed with its day." error={flow.error} /> : <Skeleton lines={12} />;
  return (
    <>
      <section className="lead">
        <h1>
          {flow.data.protocol} to {flow.data.hostname ?? flow.data.dst_ip}
        </h1>
        <p className="muted">
          Ended <Time at={flow.data.end} />
        </p>
      </section>
      <FlowFacts flow={flow.data} />
    </>
  );
}
