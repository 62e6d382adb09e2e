import { Component, type ReactNode, Suspense, lazy, useEffect, useState } from "react";
import { DeviceCard } from "./parts/DeviceCard";
import { Icon } from "./parts/Icon";
import { Link } from "./parts/Link";
import { Empty, Failed, Skeleton } from "./parts/Note";
import { Search } from "./parts/Search";
import { usePacketTime } from "./parts/Time";
import { onLoginNeeded, useApi } from "./lib/api";
import { CAPTURE } from "./lib/capture";
import { useDeviceEvents } from "./lib/devices";
import { start, stop, useConnection, useLive } from "./lib/live";
import { PAGES } from "./lib/pages";
import { RANGES, change, go, usePlace } from "./lib/route";
import { useTheme } from "./lib/theme";
import type { Analysis, Stats } from "./lib/types";
import Overview from "./pages/Overview";

const Login = lazy(() => import("./pages/Login"));
const Views: Record<string, ReturnType<typeof lazy>> = {
  "/devices": lazy(() => import("./pages/Devices")),
  "/flows": lazy(() => import("./pages/Flows")),
  "/alerts": lazy(() => import("./pages/Alerts")),
  "/topology": lazy(() => import("./pages/Topology")),
  "/protocols": lazy(() => import("./pages/Protocols")),
  "/history": lazy(() => import("./pages/History")),
  "/capture": lazy(() => import("./pages/Capture")),
  "/analyses": lazy(() => import("./pages/Analyses")),
  "/settings": lazy(() => import("./pages/Settings")),
};
const Device = lazy(() => import("./pages/Device"));
const Flow = lazy(() => import("./pages/Flow"));
const Alert = lazy(() => import("./pages/Alert"));

/** The frame that all pages are in. */
export function App() {
  const [login, setLogin] = useState(false);
  useEffect(() => {
    onLoginNeeded(() => {
      setLogin(true);
      stop();
    });
    start();
  }, []);
  return <Suspense fallback={<Skeleton lines={12} />}>{login ? <Login /> : <Frame />}</Suspense>;
}

function Frame() {
  const place = usePlace();
  const [searching, setSearching] = useState(false);
  const [help, setHelp] = useState(false);
  const [narrow, setNarrow] = useState(false);
  useDeviceEvents();
  usePacketTime();
  useKeys(() => setSearching(true), () => setHelp((shown) => !shown));
  const page = PAGES.find((page) => page.path !== "/" && place.path.startsWith(page.path)) ?? PAGES[0];
  useEffect(() => {
    document.title = page && page.path !== "/" ? `${page.title} · netmonsec` : "netmonsec";
  }, [page]);
  return (
    <div className={narrow ? "frame narrow" : "frame"}>
      <Rail current={page?.path ?? "/"} narrow={narrow} onNarrow={() => setNarrow(!narrow)} />
      <Bar params={place.params} onSearch={() => setSearching(true)} />
      <main id="page">
        {CAPTURE && <Still id={CAPTURE} />}
        <Guarded key={place.path}>
          <Suspense fallback={<Skeleton lines={12} />}>
            <View path={place.path} />
          </Suspense>
        </Guarded>
      </main>
      <DeviceCard />
      {searching && <Search onClose={() => setSearching(false)} />}
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  );
}

function View({ path }: { path: string }) {
  const device = /^\/devices\/(.+)$/.exec(path)?.[1];
  if (device) return <Device id={decodeURIComponent(device)} />;
  const flow = /^\/flows\/(.+)$/.exec(path)?.[1];
  if (flow) return <Flow reference={decodeURIComponent(flow)} />;
  const alert = /^\/alerts\/(.+)$/.exec(path)?.[1];
  if (alert) return <Alert id={decodeURIComponent(alert)} />;
  if (path === "/") return <Overview />;
  const Page = Views[path];
  return Page ? <Page /> : <Empty title="There is no such page."><Link to="/">To the overview</Link></Empty>;
}

function Rail({ current, narrow, onNarrow }: { current: string; narrow: boolean; onNarrow: () => void }) {
  const stats = useApi<Stats>("stats", 30);
  const [open, setOpen] = useState<number>();
  useLive("stats", (stats) => setOpen(stats.alerts_open));
  const alerts = open ?? stats.data?.alerts_open ?? 0;
  return (
    <nav className="rail" aria-label="Pages">
      <Link to="/" className="brand">
        <img src="/icon.svg" alt="" width="20" height="20" />
        <span>netmonsec</span>
      </Link>
      {PAGES.map((page) => (
        <Link key={page.path} to={page.path} className="item" current={page.path === current} title={`${page.title} (g ${page.key})`}>
          <Icon name={page.icon} />
          <span>{page.title}</span>
          {page.path === "/alerts" && alerts > 0 && <span className="badge">{alerts}</span>}
        </Link>
      ))}
      <button className="plain collapse" onClick={onNarrow} aria-label={narrow ? "Show words in the rail" : "Only icons in the rail"}>
        {narrow ? "»" : "«"}
      </button>
    </nav>
  );
}

/** Nobody shall take a capture for the network. */
function Still({ id }: { id: string }) {
  const about = useApi<Analysis>(`analyses/${id}`);
  return (
    <div className="not-live" role="note">
      <span>
        {about.data ? (
          <>
            This is the capture <strong>{about.data.name}</strong>, not the network as it is now.
          </>
        ) : (
          "This is a capture, not the network as it is now."
        )}
        {about.error?.status === 404 && " It is kept no longer."}
      </span>
      <a href="/analyses">Other captures</a>
      <a href="/">Back to the network</a>
    </div>
  );
}

const CONNECTION = { connecting: "connecting", live: "live", lost: "not connected; trying again", still: "a capture" };

function Bar({ params, onSearch }: { params: URLSearchParams; onSearch: () => void }) {
  const connection = useConnection();
  const [theme, setTheme] = useTheme();
  const custom = params.has("from");
  return (
    <header className="bar">
      <button className="search" onClick={onSearch} aria-label="Search">
        <span className="cut">Search devices, names, addresses</span> <kbd>Ctrl K</kbd>
      </button>
      <div className="end">
        <select aria-label="Time range" value={custom ? "" : (params.get("range") ?? "1h")} onChange={(event) => change({ range: event.target.value, from: undefined, to: undefined })}>
          {custom && <option value="">chosen range</option>}
          {RANGES.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
        <span className={`dot ${connection}`} role="status" title={CONNECTION[connection]}>
          <span>{CONNECTION[connection]}</span>
        </span>
        <button onClick={() => setTheme(theme === "dark" ? "light" : "dark")} aria-label={theme === "dark" ? "Light colours" : "Dark colours"}>
          <Icon name={theme === "dark" ? "sun" : "moon"} />
        </button>
      </div>
    </header>
  );
}

/** Keys that hold everywhere, but where somebody writes. */
function useKeys(search: () => void, help: () => void): void {
  useEffect(() => {
    let before = "";
    const key = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        search();
        return;
      }
      const target = event.target as HTMLElement;
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return;
      const page = before === "g" && PAGES.find((page) => page.key === event.key);
      before = event.key;
      if (page) go(page.path);
      else if (event.key === "/") {
        event.preventDefault();
        search();
      } else if (event.key === "?") help();
    };
    window.addEventListener("keydown", key);
    return () => window.removeEventListener("keydown", key);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
}

function Help({ onClose }: { onClose: () => void }) {
  useEffect(() => {
    const key = (event: KeyboardEvent) => event.key === "Escape" && onClose();
    window.addEventListener("keydown", key);
    return () => window.removeEventListener("keydown", key);
  }, [onClose]);
  const keys = [
    ["Ctrl K or /", "search"],
    ["j, k or arrows", "move in a table"],
    ["Enter", "open the row"],
    ["f or right click", "filter by the cell under the pointer"],
    ["a, m, o", "acknowledge, mute, open again the alert that is shown"],
    ["Escape", "close"],
    ...PAGES.map((page) => [`g ${page.key}`, page.title] as [string, string]),
  ];
  return (
    <div className="veil" onMouseDown={(event) => event.target === event.currentTarget && onClose()}>
      <div className="dialog" role="dialog" aria-modal="true" aria-label="Keys">
        <h2>Keys</h2>
        <dl className="facts">
          {keys.map(([key, what]) => (
            <div key={key} style={{ display: "contents" }}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <button onClick={onClose}>Close</button>
      </div>
    </div>
  );
}

/** A page that fails leaves the others. */
class Guarded extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    return this.state.error ? <Failed what="This page has a defect." error={this.state.error} /> : this.props.children;
  }
}
