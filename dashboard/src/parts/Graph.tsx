import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { resolved, seriesOf } from "../lib/colour";
import { bytes, plural } from "../lib/format";
import type { Asked } from "../lib/layout.worker";
import { useTheme } from "../lib/theme";
import type { GraphLink, GraphNode } from "../lib/types";

interface Props {
  nodes: GraphNode[];
  links: GraphLink[];
  /** The node that one looks at, if any. */
  focus?: string;
  onFocus: (id: string | undefined) => void;
}

type Places = Map<string, { x: number; y: number }>;
interface View {
  x: number;
  y: number;
  scale: number;
}

/** What a node is called; who has an address on the internet is not always known. */
export const called = (node: GraphNode): string => (node.id === "internet:unknown" ? "internet, owners unknown" : node.label);

const radiusOf = (node: GraphNode): number => 4 + Math.min(16, Math.log10(1 + node.bytes) * (node.kind === "group" ? 2 : 1.4));

type Naming = "always" | "room" | "never";

/** Writes names below nodes, the first ones first, and none over another. */
function nameNodes(context: CanvasRenderingContext2D, nodes: GraphNode[], places: Places, scale: number, naming: (id: string) => Naming, colours: { text?: string; panel?: string }): void {
  const taken: { left: number; right: number; y: number }[] = [];
  const height = 14 / scale;
  const wanted = [...nodes.filter((node) => naming(node.id) === "always"), ...nodes.filter((node) => naming(node.id) === "room")];
  context.globalAlpha = 1;
  for (const node of wanted) {
    const place = places.get(node.id);
    if (!place) continue;
    const name = called(node);
    const half = context.measureText(name).width / 2 + 2 / scale;
    const label = { left: place.x - half, right: place.x + half, y: place.y + radiusOf(node) + 13 / scale };
    if (taken.some((other) => Math.abs(other.y - label.y) < height && other.left < label.right && label.left < other.right)) continue;
    taken.push(label);
    context.lineWidth = 3 / scale;
    context.strokeStyle = colours.panel ?? "";
    context.strokeText(name, place.x, label.y);
    context.fillStyle = colours.text ?? "";
    context.fillText(name, place.x, label.y);
    // So many fit; to look at more is quadratic.
    if (taken.length >= 150) break;
  }
}

/** Who talks to whom: placed in a worker, drawn on a canvas, with the same as a list beside it for readers. */
export function Graph({ nodes, links, focus, onFocus }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [places, setPlaces] = useState<Places>(new Map());
  const [hover, setHover] = useState<string>();
  const view = useRef<View | undefined>(undefined);
  const held = useRef<{ x: number; y: number; moved: boolean } | undefined>(undefined);
  const [theme] = useTheme();
  const byId = useMemo(() => new Map(nodes.map((node) => [node.id, node])), [nodes]);
  const shape = useMemo(() => nodes.map((node) => node.id).sort().join(" "), [nodes]);
  // Where there is no room for all names, the largest have one.
  const byBytes = useMemo(() => [...nodes].sort((a, b) => b.bytes - a.bytes), [nodes]);
  const near = useMemo(() => {
    if (!focus) return undefined;
    const ids = new Set([focus]);
    for (const link of links) {
      if (link.source === focus) ids.add(link.target);
      if (link.target === focus) ids.add(link.source);
    }
    return ids;
  }, [links, focus]);

  useEffect(() => {
    const worker = new Worker(new URL("../lib/layout.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<[string, number, number][]>) => setPlaces(new Map(event.data.map(([id, x, y]) => [id, { x, y }])));
    const room = canvas.current;
    const asked: Asked = {
      aspect: room ? Math.max(0.6, Math.min(2.2, room.clientWidth / Math.max(1, room.clientHeight))) : 1,
      nodes: nodes.map((node) => ({ id: node.id, kind: node.kind, radius: radiusOf(node), home: node.subnet ?? undefined, ...places.get(node.id) })),
      links: links.filter((link) => byId.has(link.source) && byId.has(link.target)).map((link) => ({ source: link.source, target: link.target, cable: link.kind === "link" })),
    };
    worker.postMessage(asked);
    return () => worker.terminate();
    // Only other nodes are reason to place anew; bytes change all the time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape]);

  const draw = useCallback(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [element.clientWidth, element.clientHeight];
    if (element.width !== Math.round(width * ratio)) element.width = Math.round(width * ratio);
    if (element.height !== Math.round(height * ratio)) element.height = Math.round(height * ratio);
    const at = (view.current ??= fitted(places, width, height));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.setTransform(ratio * at.scale, 0, 0, ratio * at.scale, ratio * at.x, ratio * at.y);
    const colours = new Map<string, string>();
    const colour = (name: string) => colours.get(name) ?? colours.set(name, resolved(seriesOf(name))).get(name)!;
    for (const link of links) {
      const [a, b] = [places.get(link.source), places.get(link.target)];
      if (!a || !b) continue;
      const far = near && !(link.source === focus || link.target === focus);
      context.globalAlpha = far ? 0.06 : link.kind === "link" ? 0.9 : 0.45;
      context.setLineDash(link.kind === "link" ? [4, 3] : []);
      context.strokeStyle = link.kind === "link" ? resolved("var(--text)") : colour(link.protocol ?? "unknown");
      context.lineWidth = link.kind === "link" ? 1.5 : Math.max(0.5, Math.min(6, Math.log10(1 + link.bytes) - 2));
      context.beginPath();
      context.moveTo(a.x, a.y);
      context.lineTo(b.x, b.y);
      context.stroke();
    }
    context.setLineDash([]);
    const [text, panel, accent, muted] = ["text", "panel", "accent", "muted"].map((name) => resolved(`var(--${name})`));
    context.font = `${12 / at.scale}px system-ui`;
    context.textAlign = "center";
    for (const node of nodes) {
      const place = places.get(node.id);
      if (!place) continue;
      const radius = radiusOf(node);
      context.globalAlpha = near && !near.has(node.id) ? 0.15 : 1;
      context.fillStyle = node.kind === "internet" ? (muted ?? "") : node.kind === "group" ? colour(node.label) : (accent ?? "");
      context.beginPath();
      if (node.kind === "internet") context.rect(place.x - radius, place.y - radius, 2 * radius, 2 * radius);
      else context.arc(place.x, place.y, radius, 0, 2 * Math.PI);
      context.fill();
      if (node.id === focus || node.id === hover) {
        context.strokeStyle = text ?? "";
        context.lineWidth = 2 / at.scale;
        context.stroke();
      }
    }
    nameNodes(context, byBytes, places, at.scale, (id) => (id === hover || id === focus ? "always" : !near || near.has(id) ? "room" : "never"), { text, panel });
    context.globalAlpha = 1;
  }, [nodes, links, places, near, byBytes, focus, hover]);

  useEffect(() => {
    const frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, [draw, theme]);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (!held.current) view.current = undefined;
      draw();
    });
    if (canvas.current) observer.observe(canvas.current);
    return () => observer.disconnect();
  }, [draw]);
  // While nodes are being placed, all of them stay in sight.
  useEffect(() => {
    view.current = undefined;
  }, [places]);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const zoom = (event: WheelEvent) => {
      event.preventDefault();
      const at = view.current;
      if (!at) return;
      const factor = Math.exp(-event.deltaY / 400);
      const scale = Math.max(0.05, Math.min(8, at.scale * factor));
      const [x, y] = [event.offsetX, event.offsetY];
      view.current = { scale, x: x - ((x - at.x) * scale) / at.scale, y: y - ((y - at.y) * scale) / at.scale };
      draw();
    };
    element.addEventListener("wheel", zoom, { passive: false });
    return () => element.removeEventListener("wheel", zoom);
  }, [draw]);

  const nodeAt = (x: number, y: number): string | undefined => {
    const at = view.current;
    if (!at) return undefined;
    const [gx, gy] = [(x - at.x) / at.scale, (y - at.y) / at.scale];
    return nodes.find((node) => {
      const place = places.get(node.id);
      return place && Math.hypot(place.x - gx, place.y - gy) <= radiusOf(node) + 4 / at.scale;
    })?.id;
  };
  const about = byId.get(hover ?? focus ?? "");
  return (
    <div className="graph fill">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${plural(nodes.length, "node")} and ${plural(links.length, "link")}; the same is in the list below`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          held.current = { x: event.clientX, y: event.clientY, moved: false };
        }}
        onPointerMove={(event) => {
          const grip = held.current;
          if (!grip) {
            setHover(nodeAt(event.nativeEvent.offsetX, event.nativeEvent.offsetY));
            return;
          }
          const [dx, dy] = [event.clientX - grip.x, event.clientY - grip.y];
          if (Math.abs(dx) + Math.abs(dy) < 3 && !grip.moved) return;
          held.current = { x: event.clientX, y: event.clientY, moved: true };
          if (view.current) view.current = { ...view.current, x: view.current.x + dx, y: view.current.y + dy };
          draw();
        }}
        onPointerUp={(event) => {
          if (held.current && !held.current.moved) onFocus(nodeAt(event.nativeEvent.offsetX, event.nativeEvent.offsetY));
          held.current = undefined;
        }}
      />
      {about && (
        <div className="about">
          <strong>{called(about)}</strong>
          <div className="caption">
            {about.kind === "group" ? plural(about.members ?? 0, "device") : about.kind === "internet" ? "on the internet" : (about.type ?? "device")}, {bytes(about.bytes)}
          </div>
        </div>
      )}
    </div>
  );
}

/** The view in which everything can be seen. */
function fitted(places: Places, width: number, height: number): View {
  const [xs, ys] = [[...places.values()].map((place) => place.x), [...places.values()].map((place) => place.y)];
  if (xs.length === 0) return { x: width / 2, y: height / 2, scale: 1 };
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const margin = 50;
  const scale = Math.min(2, (width - 2 * margin) / Math.max(1, right - left), (height - 2 * margin) / Math.max(1, bottom - top));
  return { scale, x: width / 2 - (scale * (left + right)) / 2, y: height / 2 - (scale * (top + bottom)) / 2 };
}
