import { useEffect, useMemo, useRef, useState } from "react";
import { FilterBar } from "../parts/FilterBar";
import { FlowDetail } from "../parts/FlowDetail";
import { FLOW_COLUMNS, FlowTable, keyOf } from "../parts/FlowTable";
import { Empty, Failed, Skeleton } from "../parts/Note";
import { sorted } from "../parts/Table";
import { ApiError, ask, useApi } from "../lib/api";
import { bytes, count, plural } from "../lib/format";
import { useLive } from "../lib/live";
import { address, change, rangeOf, usePlace } from "../lib/route";
import type { Flow, Page } from "../lib/types";

/** Rows of the live table; older ones are in the history. */
const MOST = 5000;
const PAGE = "200";

/** What is going on, and what was. */
export default function Flows() {
  const { params } = usePlace();
  const history = params.get("mode") === "history" || params.has("from");
  return (
    <>
      <section className="lead">
        <h1>{history ? `Flows in ${rangeOf(params).label}` : "Flows as they end"}</h1>
        <p className="muted">{history ? "Newest first." : "Long ones are shown every few minutes, too."}</p>
      </section>
      <div className="row">
        <button aria-pressed={!history} onClick={() => change({ mode: undefined, from: undefined, to: undefined })}>
          Live
        </button>
        <button aria-pressed={history} onClick={() => change({ mode: "history" })}>
          History
        </button>
      </div>
      {history ? <History /> : <Live />}
    </>
  );
}

function useShown(flows: Flow[]): [Flow[], string | undefined, (sort: string) => void] {
  const { params } = usePlace();
  const sort = params.get("sort") ?? undefined;
  const shown = useMemo(() => sorted(flows, FLOW_COLUMNS, sort), [flows, sort]);
  return [shown, sort, (sort) => change({ sort }, true)];
}

function Live() {
  const { params } = usePlace();
  const filter = params.get("filter") ?? "";
  const [paused, setPaused] = useState(false);
  const [open, setOpen] = useState<Flow>();
  const [flows, setFlows] = useState<Flow[]>([]);
  const [arrived, setArrived] = useState(0);
  const [error, setError] = useState<ApiError>();
  const waiting = useRef<Flow[]>([]);
  const filtered = Boolean(filter);
  // The instance filters: it alone knows the whole language.
  const latest = useApi<Page<Flow>>(address("flows", { live: "true", limit: "1000", filter }), filtered ? 2 : 0);
  useEffect(() => {
    setError(latest.error);
    if (latest.data && !paused) setFlows(latest.data.items);
  }, [latest, paused]);
  useLive("flows", (batch) => {
    setArrived((n) => n + batch.length);
    if (!filtered && !paused) waiting.current.push(...batch);
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (waiting.current.length === 0) return;
      const fresh = waiting.current.splice(0).reverse();
      setFlows((old) => {
        const known = new Set(old.slice(0, 2000).map(keyOf));
        return [...fresh.filter((flow) => !known.has(keyOf(flow))), ...old].slice(0, MOST);
      });
    }, 500);
    return () => clearInterval(timer);
  }, []);
  const [shown, sort, setSort] = useShown(flows);
  return (
    <>
      <FilterBar subject="flows" value={filter} error={error} onChange={(filter) => change({ filter })} />
      <div className="row">
        <button aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? "Go on" : "Pause"}
        </button>
        <Total flows={shown} />
        <span className="caption">{count(arrived)} arrived since the page was opened</span>
      </div>
      {error && error.status !== 400 && <Failed what="Flows cannot be listed." error={error} />}
      {shown.length > 0 ? (
        <div className="fill">
          <FlowTable flows={shown} label="Live flows" sort={sort} onSort={setSort} onOpen={setOpen} selected={open && keyOf(open)} height="100%" />
        </div>
      ) : latest.loading ? (
        <Skeleton lines={12} />
      ) : (
        <Empty title={filtered ? "No flow of the last minutes is like that." : "No flow has ended yet."}>
          {filtered ? "The history may have some: choose History above." : "A flow is shown when it ends; long ones every few minutes."}
        </Empty>
      )}
      {open && <FlowDetail flow={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function History() {
  const { params } = usePlace();
  const filter = params.get("filter") ?? "";
  const range = rangeOf(params);
  const path = address("flows", { filter, from: range.from, to: range.to, limit: PAGE });
  const first = useApi<Page<Flow>>(path);
  const [more, setMore] = useState<{ of: string; flows: Flow[]; next?: string }>();
  const [open, setOpen] = useState<Flow>();
  const busy = useRef(false);
  const rest = more?.of === path ? more : undefined;
  const flows = useMemo(() => [...(first.data?.items ?? []), ...(rest?.flows ?? [])], [first.data, rest]);
  const next = rest ? rest.next : first.data?.next;
  const goOn = async () => {
    if (busy.current || !next) return;
    busy.current = true;
    try {
      const page = await ask<Page<Flow>>(`${path}&cursor=${encodeURIComponent(next)}`);
      setMore({ of: path, flows: [...(rest?.flows ?? []), ...page.items], next: page.next });
    } catch {
      // What is there stays; scrolling tries again.
    } finally {
      busy.current = false;
    }
  };
  const [shown, sort, setSort] = useShown(flows);
  return (
    <>
      <FilterBar subject="flows" value={filter} error={first.error} onChange={(filter) => change({ filter })} />
      <div className="row">
        <Total flows={shown} />
        {next && <span className="caption">and more: scroll on</span>}
        <button disabled={shown.length === 0} onClick={() => save("flows.json", JSON.stringify(shown, null, 1))}>
          Save as JSON
        </button>
      </div>
      {first.error && first.error.status !== 400 && <Failed what="The history cannot be searched." error={first.error} />}
      {shown.length > 0 ? (
        <div className="fill">
          <FlowTable flows={shown} label="Flows of the history" sort={sort} onSort={setSort} onOpen={setOpen} selected={open && keyOf(open)} height="100%" onEnd={() => void goOn()} />
        </div>
      ) : first.loading ? (
        <Skeleton lines={12} />
      ) : (
        !first.error && <Empty title={`No flow in ${range.label} is like that.`}>{next ? <button onClick={() => void goOn()}>Look further back</button> : "Choose a longer range above, or make the filter wider."}</Empty>
      )}
      {open && <FlowDetail flow={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function Total({ flows }: { flows: Flow[] }) {
  const sum = flows.reduce((sum, flow) => sum + flow.src_bytes + flow.dst_bytes, 0);
  return (
    <span>
      {plural(flows.length, "flow")}, {bytes(sum)}
    </span>
  );
}

/** Gives a text to the browser as a file. */
function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
