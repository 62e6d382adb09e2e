import { type PointerEvent as Pointer, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { bytes, plural } from "../lib/format";
import type { Asked, Laid } from "../lib/layout.worker";
import { type Places, type View, called, drawMarked, drawScene, fitted, nodeAt, radiusOf, sceneOf } from "../lib/scene";
import { useTheme } from "../lib/theme";
import type { GraphLink, GraphNode } from "../lib/types";

interface Props {
  nodes: GraphNode[];
  links: GraphLink[];
  /** The node that one looks at, if any. */
  focus?: string;
  onFocus: (id: string | undefined) => void;
}

/** Milliseconds until the frame after a drawing, of which two frames are 33; a picture is moved instead if it takes more. */
const QUICK_MS = 45;
/** After this time without movement, what was moved as a picture is drawn. */
const REST_MS = 120;

/** A canvas of the size that its element has, cleared. */
function cleared(element: HTMLCanvasElement | null): CanvasRenderingContext2D | undefined {
  const context = element?.getContext("2d");
  if (!element || !context) return undefined;
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(element.clientWidth * ratio), Math.round(element.clientHeight * ratio)];
  if (element.width !== width) element.width = width;
  if (element.height !== height) element.height = height;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Who talks to whom: placed in a worker, drawn on a canvas, with the same as a list beside it for readers. */
export function Graph({ nodes, links, focus, onFocus }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);
  const [places, setPlaces] = useState<Places>(new Map());
  const [settled, setSettled] = useState(false);
  const [hover, setHover] = useState<string>();
  const view = useRef<View | undefined>(undefined);
  /** What is on the canvas: where it was looked at from, how long it took, and a copy to move. */
  const drawn = useRef<{ view: View; took: number; picture?: HTMLCanvasElement } | undefined>(undefined);
  const frame = useRef(0);
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  const held = useRef<{ x: number; y: number; moved: boolean } | undefined>(undefined);
  const [theme] = useTheme();
  const byId = useMemo(() => new Map(nodes.map((node) => [node.id, node])), [nodes]);
  const shape = useMemo(() => nodes.map((node) => node.id).sort().join(" "), [nodes]);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- colours are those of the theme
  const scene = useMemo(() => sceneOf(nodes, links, places, focus), [nodes, links, places, focus, theme]);

  useEffect(() => {
    const worker = new Worker(new URL("../lib/layout.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<Laid>) => {
      // While nodes are being placed, all of them stay in sight.
      view.current = undefined;
      setPlaces(new Map(event.data.places.map(([id, x, y]) => [id, { x, y }])));
      setSettled(event.data.isLast);
    };
    const room = canvas.current;
    const asked: Asked = {
      aspect: room ? Math.max(0.6, Math.min(2.6, room.clientWidth / Math.max(1, room.clientHeight))) : 1,
      nodes: nodes.map((node) => ({ id: node.id, kind: node.kind, radius: radiusOf(node), home: node.subnet ?? undefined, ...places.get(node.id) })),
      links: links.filter((link) => byId.has(link.source) && byId.has(link.target)).map((link) => ({ source: link.source, target: link.target, cable: link.kind === "link" })),
    };
    setSettled(false);
    worker.postMessage(asked);
    return () => worker.terminate();
    // Only other nodes are reason to place anew; bytes change all the time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape]);

  const draw = useCallback(() => {
    const element = canvas.current;
    const context = cleared(element);
    if (!element || !context) return;
    const begun = performance.now();
    const at = (view.current ??= fitted(scene, element.clientWidth, element.clientHeight));
    drawScene(context, scene, at, window.devicePixelRatio || 1);
    const mine = (drawn.current = { view: at, took: 0 });
    // What is drawn is only noted down: it is done when the next frame comes.
    requestAnimationFrame(() => requestAnimationFrame((next) => (mine.took = next - begun)));
  }, [scene]);

  const mark = useCallback(() => {
    const context = cleared(above.current);
    if (context && view.current && hover) drawMarked(context, scene, links, hover, view.current, window.devicePixelRatio || 1);
  }, [scene, links, hover]);

  /** Shows the view as it is by now, in the next frame: drawn, or as a moved picture until it rests. */
  const move = useCallback(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      const [before, now, element] = [drawn.current, view.current, canvas.current];
      cleared(above.current);
      if (!before || !now || !element || before.took <= QUICK_MS) {
        draw();
        return;
      }
      before.picture ??= copyOf(element);
      const context = cleared(element);
      const [scale, ratio] = [now.scale / before.view.scale, window.devicePixelRatio || 1];
      context?.setTransform(scale, 0, 0, scale, ratio * (now.x - scale * before.view.x), ratio * (now.y - scale * before.view.y));
      context?.drawImage(before.picture, 0, 0);
      clearTimeout(rest.current);
      rest.current = setTimeout(draw, REST_MS);
    });
  }, [draw]);

  useEffect(() => {
    const next = requestAnimationFrame(draw);
    return () => {
      cancelAnimationFrame(next);
      clearTimeout(rest.current);
    };
  }, [draw]);
  useEffect(() => {
    const next = requestAnimationFrame(mark);
    return () => cancelAnimationFrame(next);
  }, [mark]);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (!held.current) view.current = undefined;
      draw();
    });
    if (canvas.current) observer.observe(canvas.current);
    return () => observer.disconnect();
  }, [draw]);
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
      move();
    };
    element.addEventListener("wheel", zoom, { passive: false });
    return () => element.removeEventListener("wheel", zoom);
  }, [move]);

  const at = (event: Pointer) => (view.current ? nodeAt(scene, view.current, event.nativeEvent.offsetX, event.nativeEvent.offsetY) : undefined);
  const about = byId.get(hover ?? focus ?? "");
  return (
    <div className="graph fill">
      <canvas
        ref={canvas}
        role="img"
        data-settled={settled}
        aria-label={`${plural(nodes.length, "node")} and ${plural(links.length, "link")}; the same is in the list below`}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          held.current = { x: event.clientX, y: event.clientY, moved: false };
        }}
        onPointerMove={(event) => {
          const grip = held.current;
          if (!grip) {
            setHover(at(event));
            return;
          }
          const [dx, dy] = [event.clientX - grip.x, event.clientY - grip.y];
          if (Math.abs(dx) + Math.abs(dy) < 3 && !grip.moved) return;
          held.current = { x: event.clientX, y: event.clientY, moved: true };
          if (view.current) view.current = { ...view.current, x: view.current.x + dx, y: view.current.y + dy };
          move();
        }}
        onPointerUp={(event) => {
          if (held.current && !held.current.moved) onFocus(at(event));
          held.current = undefined;
        }}
        onPointerLeave={() => setHover(undefined)}
      />
      <canvas ref={above} className="above" aria-hidden="true" />
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

function copyOf(element: HTMLCanvasElement): HTMLCanvasElement {
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [element.width, element.height];
  copy.getContext("2d")?.drawImage(element, 0, 0);
  return copy;
}
