// Line icons on a 16-pixel grid, drawn here.

const PATHS: Record<string, string> = {
  overview: "M2 9h2.5L6 5l3 8 2-6 1 2h2",
  devices: "M2 3h8v6H2zM4 12h4M12 6h2v7h-3V9",
  flows: "M2 5h10l-2.5-2.5M14 11H4l2.5 2.5",
  alerts: "M8 2l6 11H2zM8 6.5v3M8 11.5v.1",
  topology: "M8 4.5L4 11M8 4.5L12 11M5.5 12h5M8 2.5a1 1 0 1 0 .1 0M3.5 11a1 1 0 1 0 .1 0M12.5 11a1 1 0 1 0 .1 0",
  protocols: "M2 4h12M2 8h8M2 12h5",
  history: "M2.5 8a5.5 5.5 0 1 0 2-4.2M2 2.5v2.8h2.8M8 5v3.2l2 1.3",
  capture: "M2 8h3l1-4 2 9 2-7 1 2h3",
  file: "M4 2h5l3 3v9H4zM9 2v3h3M6 9h4M6 11.5h4",
  settings: "M3 4h10M3 8h10M3 12h10M6 3v2M10 7v2M5 11v2",
  computer: "M2 3h12v8H2zM6 14h4M8 11v3",
  phone: "M5 2h6v12H5zM7.5 12h1",
  printer: "M4 6V2h8v4M4 11H2V6h12v5h-2M4 9h8v5H4z",
  router: "M2 9h12v4H2zM4.5 11h.1M7 11h.1M5 9V5M11 9V5M8 6a2 2 0 0 1 2-2",
  switch: "M2 5h12v6H2zM4 8h1M7 8h1M10 8h1M12.5 8h.1",
  camera: "M2 5h3l1-2h4l1 2h3v8H2zM8 7a2 2 0 1 0 .1 0",
  tv: "M2 3h12v8H2zM5 14h6",
  server: "M3 2h10v5H3zM3 9h10v5H3zM5 4.5h.1M5 11.5h.1",
  unknown: "M8 2.5a5.5 5.5 0 1 0 .1 0M6.5 6.5a1.5 1.5 0 1 1 1.5 1.8v1M8 11.3v.1",
  lock: "M4 7h8v6H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
  sun: "M8 5a3 3 0 1 0 .1 0M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1",
  moon: "M12.5 9.5A5 5 0 0 1 6.5 3a5.3 5.3 0 1 0 6 6.5z",
};

const KINDS: [RegExp, string][] = [
  [/phone|mobile|tablet|android|ios|voip/i, "phone"],
  [/print|scan/i, "printer"],
  [/router|gateway|firewall/i, "router"],
  [/switch|access.?point|wlan/i, "switch"],
  [/camera|nvr|doorbell/i, "camera"],
  [/tv|media|console|speaker|set-top/i, "tv"],
  [/server|nas|storage|plc|controller/i, "server"],
  [/computer|laptop|desktop|pc|workstation|mac/i, "computer"],
];

/** An icon; it says nothing that is not said beside it. */
export function Icon({ name }: { name: string }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name] ?? PATHS.unknown} />
    </svg>
  );
}

/** The icon for what kind of thing a device is. */
export const iconOf = (kind: string | null | undefined): string =>
  KINDS.find(([pattern]) => kind && pattern.test(kind))?.[1] ?? "unknown";
