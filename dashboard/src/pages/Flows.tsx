import { useEffect, useMemo, useRef, useState } from "react";
import { FilterBar } from "../parts/FilterBar";
import { FlowDetail } from "../parts/FlowDetail";
import { FLOW_COLUMNS, FlowTable, keyOf } from "../parts/FlowTable";
import { Empty, Failed, Skeleton } from "../parts/Note";
import { useSorted } from "../parts/Table";
import { TableTools } from "../parts/TableTools";
import { Views } from "../parts/Views";
import { ApiError, ask, useApi } from "../lib/api";
import { CAPTURE } from "../lib/capture";
import { useColumns } from "../lib/columns";
import { both } from "../lib/filters";
import { bytes, count, number, plural } from "../lib/format";
import { useLive } from "../lib/live";
import { address, change, rangeOf, usePlace } from "../lib/route";
import type { Flow, Page } from "../lib/types";

/** Rows of the live table; older ones are in the history. */
const MOST = 100_000;
const PAGE = "200";
/** Seconds that the rate of arrival is the mean of. */
const SPEED_S = 5;

/** What is going on, and what was. */
export default function Flows() {
  const { params } = usePlace();
  const history = CAPTURE !== undefined || params.get("mode") === "history" || params.has("from");
  return (
    <>
      <section className="lead">
        <h1>{history ? `Flows in ${rangeOf(params).label}` : "Flows as they end"}</h1>
        <p className="muted">{history ? "Newest first." : "Long ones are shown every few minutes, too."}</p>
      </section>
      <div className="row" hidden={CAPTURE !== undefined}>
        <button aria-pressed={!history} onClick={() => change({ mode: undefined, from: undefined, to: undefined })}>
          Live
        </button>
        <button aria-pressed={history} onClick={() => change({ mode: "history" })}>
          History
        </button>
      </div>
      <Views page="flows" />
      {history ? <History /> : <Live />}
    </>
  );
}

function useShown(flows: Flow[]): [Flow[], string | undefined, (sort: string) => void] {
  const { params } = usePlace();
  const sort = params.get("sort") ?? undefined;
  const shown = useSorted(flows, FLOW_COLUMNS, sort);
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
  // Rows do not move away under the pointer.
  const hovered = useRef(false);
  const pausedNow = useRef(paused);
  pausedNow.current = paused;
  const [held, setHeld] = useState(0);
  const [speed, setSpeed] = useState(0);
  const lately = useRef(0);
  const filtered = Boolean(filter);
  // The instance filters: it alone knows the whole language.
  const path = address("flows", { live: "true", limit: "1000", filter });
  const latest = useApi<Page<Flow>>(path, filtered ? 2 : 0);
  const shownPath = useRef("");
  useEffect(() => {
    setError(latest.error);
    const still = pausedNow.current || hovered.current;
    if (!latest.data || (still && shownPath.current === path)) return;
    shownPath.current = path;
    setFlows(latest.data.items);
  }, [latest, path]);
  useLive("flows", (batch) => {
    setArrived((n) => n + batch.length);
    lately.current += batch.length;
    if (!filtered) waiting.current.push(...batch.slice(-MOST));
    // Seldom, as all of them are moved.
    if (waiting.current.length > 1.1 * MOST) waiting.current = waiting.current.slice(-MOST);
  });
  useEffect(() => {
    const timer = setInterval(() => {
      setSpeed(lately.current / SPEED_S);
      lately.current = 0;
    }, SPEED_S * 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    const timer = setInterval(() => {
      const still = hovered.current || pausedNow.current;
      setHeld(still ? waiting.current.length : 0);
      if (waiting.current.length === 0 || still) return;
      const fresh = waiting.current.splice(0).reverse();
      setFlows((old) => {
        const known = new Set(old.slice(0, 2000).map(keyOf));
        const all = fresh.filter((flow) => !known.has(keyOf(flow))).concat(old);
        return all.length > MOST ? all.slice(0, MOST) : all;
      });
    }, 500);
    return () => clearInterval(timer);
  }, []);
  const [shown, sort, setSort] = useShown(flows);
  const table = useColumns("flows", FLOW_COLUMNS);
  return (
    <>
      <FilterBar subject="flows" value={filter} error={error} onChange={(filter) => change({ filter })} />
      <div className="row">
        <button aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? "Go on" : "Pause"}
        </button>
        <Total flows={shown} />
        <span className="caption">
          {number(speed)} a second, {count(arrived)} arrived since the page was opened
          {held > 0 && `; ${plural(held, "newer one")} ${paused ? "when it goes on" : "when the pointer leaves the table"}`}
        </span>
        <TableTools name="flows" all={FLOW_COLUMNS} shown={table.shown} toggle={table.toggle} rows={shown} />
      </div>
      {error && error.status !== 400 && <Failed what="Flows cannot be listed." error={error} />}
      {shown.length > 0 ? (
        <div className="fill" onMouseEnter={() => (hovered.current = true)} onMouseLeave={() => (hovered.current = false)}>
          <FlowTable columns={table.shown} onFilter={(more) => change({ filter: both(filter, more) })} flows={shown} label="Live flows" sort={sort} onSort={setSort} onOpen={setOpen} selected={open && keyOf(open)} height="100%" />
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
  const table = useColumns("flows", FLOW_COLUMNS);
  return (
    <>
      <FilterBar subject="flows" value={filter} error={first.error} onChange={(filter) => change({ filter })} />
      <div className="row">
        <Total flows={shown} />
        {next && <span className="caption">and more: scroll on</span>}
        <TableTools name="flows" all={FLOW_COLUMNS} shown={table.shown} toggle={table.toggle} rows={shown} />
      </div>
      {first.error && first.error.status !== 400 && <Failed what="The history cannot be searched." error={first.error} />}
      {shown.length > 0 ? (
        <div className="fill">
          <FlowTable columns={table.shown} onFilter={(more) => change({ filter: both(filter, more) })} flows={shown} label="Flows of the history" sort={sort} onSort={setSort} onOpen={setOpen} selected={open && keyOf(open)} height="100%" onEnd={() => void goOn()} />
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
