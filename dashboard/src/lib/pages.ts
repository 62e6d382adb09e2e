// The pages, in the order of the rail.
import { CAPTURE } from "./capture";

export interface PageEntry {
  path: string;
  key: string;
  icon: string;
  title: string;
  about: string;
}

const ALL: PageEntry[] = [
  { path: "/", key: "o", icon: "overview", title: "Overview", about: "is it all right?" },
  { path: "/devices", key: "d", icon: "devices", title: "Devices", about: "who is there" },
  { path: "/flows", key: "f", icon: "flows", title: "Flows", about: "who talks to whom, now and before" },
  { path: "/alerts", key: "a", icon: "alerts", title: "Alerts", about: "what is wrong, and why" },
  { path: "/topology", key: "t", icon: "topology", title: "Topology", about: "the network as a graph" },
  { path: "/protocols", key: "p", icon: "protocols", title: "Protocols", about: "what the network is used for" },
  { path: "/history", key: "h", icon: "history", title: "History", about: "any time, beside the one before" },
  { path: "/capture", key: "c", icon: "capture", title: "Capture", about: "how well the network is seen" },
  { path: "/analyses", key: "n", icon: "file", title: "Analyse", about: "a capture that you have" },
  { path: "/settings", key: "s", icon: "settings", title: "Settings", about: "configuration, users, tokens" },
];

/** Those that say something of what is looked at. */
export const PAGES = ALL.filter((page) => !CAPTURE || !["/analyses", "/settings"].includes(page.path));
