// A graph drawn on a canvas: lines, nodes and the names for which there is room.
import { resolved, seriesOf } from "./colour";
import type { GraphLink, GraphNode } from "./types";

export type Places = Map<string, { x: number; y: number }>;

/** Where the origin is on the canvas, and how many pixels one unit has. */
export interface View {
  x: number;
  y: number;
  scale: number;
}

export interface Colours {
  text: string;
  panel: string;
  accent: string;
  muted: string;
}

/** Lines that look the same. */
interface Strokes {
  colour: string;
  width: number;
  alpha: number;
  isCable: boolean;
  paths: Path2D[];
  lines: number;
}

/** Where the devices of a subnet are. */
interface Region {
  name: string;
  x: number;
  y: number;
  radius: number;
}

export interface Scene {
  strokes: Strokes[];
  nodes: GraphNode[];
  /** The largest first: they have a name where there is no room for all. */
  byBytes: GraphNode[];
  places: Places;
  /** Those that are looked at; all of them if nothing is. */
  near: Set<string> | undefined;
  focus: string | undefined;
  regions: Region[];
  colours: Colours;
  colourOf: (name: string) => string;
}

/** A path of more is slower to draw than several. */
const LINES_OF_PATH = 64;
/** From this far, the names of subnets stand for those of their devices. */
const FAR = 0.4;
/** So many names fit; to look at more is quadratic. */
const MOST_NAMES = 150;

/** What to call a node; who has an address on the internet is not always known. */
export const called = (node: GraphNode): string => (node.id === "internet:unknown" ? "internet, owners unknown" : node.label);

export const radiusOf = (node: GraphNode): number => 4 + Math.min(16, Math.log10(1 + node.bytes) * (node.kind === "group" ? 2 : 1.4));

const widthOf = (link: GraphLink): number => (link.kind === "link" ? 1.5 : Math.max(0.5, Math.min(6, Math.round(2 * (Math.log10(1 + link.bytes) - 2)) / 2)));

/** A node with all that it is linked to; nothing if there is no such node. */
export function around(focus: string | undefined, links: GraphLink[]): Set<string> | undefined {
  if (!focus) return undefined;
  const ids = new Set([focus]);
  for (const link of links) {
    if (link.source === focus) ids.add(link.target);
    if (link.target === focus) ids.add(link.source);
  }
  return ids;
}

/** Devices of which a subnet is drawn as a region. */
const REGION = 5;

/** Discs in which nearly all devices of a subnet are; the largest first. */
function regionsOf(nodes: GraphNode[], places: Places): Region[] {
  const of = new Map<string, { x: number; y: number }[]>();
  for (const node of nodes) {
    const place = places.get(node.id);
    if (place && node.subnet && node.kind !== "internet") of.set(node.subnet, [...(of.get(node.subnet) ?? []), place]);
  }
  const regions = [...of].filter(([, members]) => members.length >= REGION).map(([name, members]) => {
    const mean = (of: "x" | "y") => members.reduce((sum, place) => sum + place[of], 0) / members.length;
    const [x, y] = [mean("x"), mean("y")];
    const far = members.map((place) => Math.hypot(place.x - x, place.y - y)).sort((a, b) => a - b);
    return { name, x, y, radius: (far[Math.floor(0.95 * (far.length - 1))] ?? 0) + 24 };
  });
  return regions.sort((a, b) => b.radius - a.radius);
}

/** Gets everything ready to be drawn often. */
export function sceneOf(nodes: GraphNode[], links: GraphLink[], places: Places, focus: string | undefined): Scene {
  const [text = "", panel = "", accent = "", muted = ""] = ["text", "panel", "accent", "muted"].map((name) => resolved(`var(--${name})`));
  const known = new Map<string, string>();
  const colourOf = (name: string): string => {
    const colour = known.get(name) ?? resolved(seriesOf(name));
    known.set(name, colour);
    return colour;
  };
  const strokes = new Map<string, Strokes>();
  // The more lines there are, the fainter each, or nothing else would be seen.
  const usual = 0.45 * Math.min(1, Math.sqrt(500 / Math.max(1, links.length)));
  for (const link of links) {
    const [a, b] = [places.get(link.source), places.get(link.target)];
    if (!a || !b) continue;
    const isCable = link.kind === "link";
    const isFar = focus !== undefined && link.source !== focus && link.target !== focus;
    const [colour, width, alpha] = [isCable ? text : colourOf(link.protocol ?? "unknown"), widthOf(link), isFar ? 0.06 : isCable ? 0.9 : focus === undefined ? usual : 0.45];
    const key = `${colour} ${width} ${alpha} ${isCable}`;
    const like = strokes.get(key) ?? { colour, width, alpha, isCable, paths: [], lines: 0 };
    strokes.set(key, like);
    if (like.lines++ % LINES_OF_PATH === 0) like.paths.push(new Path2D());
    const path = like.paths.at(-1);
    path?.moveTo(a.x, a.y);
    path?.lineTo(b.x, b.y);
  }
  const byBytes = [...nodes].sort((a, b) => b.bytes - a.bytes);
  return { strokes: [...strokes.values()], nodes, byBytes, places, near: around(focus, links), focus, regions: regionsOf(nodes, places), colours: { text, panel, accent, muted }, colourOf };
}

/** Draws all of it; the canvas is clear. */
export function drawScene(context: CanvasRenderingContext2D, scene: Scene, view: View, ratio: number): void {
  look(context, view, ratio);
  drawRegions(context, scene, view);
  for (const like of scene.strokes) {
    context.globalAlpha = like.alpha;
    context.setLineDash(like.isCable ? [4, 3] : []);
    context.strokeStyle = like.colour;
    context.lineWidth = like.width;
    like.paths.forEach((path) => context.stroke(path));
  }
  context.setLineDash([]);
  for (const node of scene.nodes) {
    context.globalAlpha = scene.near && !scene.near.has(node.id) ? 0.15 : 1;
    drawNode(context, scene, node);
  }
  if (scene.focus) markNode(context, scene, scene.focus, view);
  const folded = new Set(view.scale < FAR ? scene.regions.map((region) => region.name) : []);
  const isNamed = (node: GraphNode) => node.id !== scene.focus && (scene.near ? scene.near.has(node.id) : !node.subnet || node.kind === "group" || !folded.has(node.subnet));
  const first = scene.nodes.filter((node) => node.id === scene.focus);
  nameNodes(context, scene, [...first, ...scene.byBytes.filter(isNamed)], scene.regions, view, ratio);
}

/** Draws a ring round a node, its name, and the lines that go to it. */
export function drawMarked(context: CanvasRenderingContext2D, scene: Scene, links: GraphLink[], id: string, view: View, ratio: number): void {
  look(context, view, ratio);
  context.globalAlpha = 0.9;
  for (const link of links) {
    if (link.source !== id && link.target !== id) continue;
    const [a, b] = [scene.places.get(link.source), scene.places.get(link.target)];
    if (!a || !b) continue;
    context.strokeStyle = link.kind === "link" ? scene.colours.text : scene.colourOf(link.protocol ?? "unknown");
    context.lineWidth = Math.max(widthOf(link), 1.5 / view.scale);
    context.beginPath();
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
    context.stroke();
  }
  context.globalAlpha = 1;
  const node = scene.nodes.find((one) => one.id === id);
  if (!node) return;
  drawNode(context, scene, node);
  markNode(context, scene, id, view);
  nameNodes(context, scene, [node], [], view, ratio);
}

/** The view in which everything can be seen. */
export function fitted({ places, regions }: Scene, width: number, height: number): View {
  const discs = [...[...places.values()].map(({ x, y }) => ({ x, y, radius: 0 })), ...regions];
  const [xs, ys] = [discs.flatMap(({ x, radius }) => [x - radius, x + radius]), discs.flatMap(({ y, radius }) => [y - radius, y + radius])];
  if (xs.length === 0) return { x: width / 2, y: height / 2, scale: 1 };
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const margin = 36;
  const scale = Math.min(2, (width - 2 * margin) / Math.max(1, right - left), (height - 2 * margin) / Math.max(1, bottom - top));
  return { scale, x: width / 2 - (scale * (left + right)) / 2, y: height / 2 - (scale * (top + bottom)) / 2 };
}

/** The node at a place of the canvas. */
export function nodeAt(scene: Scene, view: View, x: number, y: number): string | undefined {
  const [gx, gy] = [(x - view.x) / view.scale, (y - view.y) / view.scale];
  return scene.nodes.find((node) => {
    const place = scene.places.get(node.id);
    return place && Math.hypot(place.x - gx, place.y - gy) <= radiusOf(node) + 4 / view.scale;
  })?.id;
}

function look(context: CanvasRenderingContext2D, view: View, ratio: number): void {
  context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
}

function drawRegions(context: CanvasRenderingContext2D, scene: Scene, view: View): void {
  context.fillStyle = context.strokeStyle = scene.colours.text;
  context.lineWidth = 1 / view.scale;
  for (const { x, y, radius } of scene.regions) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.globalAlpha = 0.04;
    context.fill();
    context.globalAlpha = 0.3;
    context.stroke();
  }
}

function drawNode(context: CanvasRenderingContext2D, scene: Scene, node: GraphNode): void {
  const place = scene.places.get(node.id);
  if (!place) return;
  const radius = radiusOf(node);
  context.fillStyle = node.kind === "internet" ? scene.colours.muted : node.kind === "group" ? scene.colourOf(node.label) : scene.colours.accent;
  context.beginPath();
  if (node.kind === "internet") context.rect(place.x - radius, place.y - radius, 2 * radius, 2 * radius);
  else context.arc(place.x, place.y, radius, 0, 2 * Math.PI);
  context.fill();
}

function markNode(context: CanvasRenderingContext2D, scene: Scene, id: string, view: View): void {
  const node = scene.nodes.find((one) => one.id === id);
  const place = scene.places.get(id);
  if (!node || !place) return;
  context.globalAlpha = 1;
  context.strokeStyle = scene.colours.text;
  context.lineWidth = 2 / view.scale;
  context.beginPath();
  context.arc(place.x, place.y, radiusOf(node) + 1 / view.scale, 0, 2 * Math.PI);
  context.stroke();
}

interface Label {
  left: number;
  right: number;
  y: number;
}

/** Writes names below nodes that can be seen, the first ones first, and none over another. */
function nameNodes(context: CanvasRenderingContext2D, scene: Scene, nodes: GraphNode[], regions: Region[], view: View, ratio: number): void {
  const { scale } = view;
  const [left, top] = [-view.x / scale, -view.y / scale];
  const [right, bottom] = [left + context.canvas.width / ratio / scale, top + context.canvas.height / ratio / scale];
  const taken: Label[] = [];
  const height = 14 / scale;
  context.font = `${12 / scale}px system-ui`;
  context.textAlign = "center";
  context.globalAlpha = 1;
  context.lineWidth = 3 / scale;
  context.strokeStyle = scene.colours.panel;
  context.fillStyle = scene.colours.text;
  const write = (name: string, x: number, y: number): void => {
    const half = context.measureText(name).width / 2 + 2 / scale;
    const label = { left: x - half, right: x + half, y };
    if (taken.some((other) => Math.abs(other.y - y) < height && other.left < label.right && label.left < other.right)) return;
    taken.push(label);
    context.strokeText(name, x, y);
    context.fillText(name, x, y);
  };
  for (const region of regions) write(region.name, region.x, region.y - region.radius - 4 / scale);
  for (const node of nodes) {
    const place = scene.places.get(node.id);
    if (!place || place.x < left || place.x > right || place.y < top || place.y > bottom) continue;
    const name = called(node);
    const y = place.y + radiusOf(node) + 13 / scale;
    // To measure a name is slow; most have no room wherever they end.
    if (taken.some((other) => Math.abs(other.y - y) < height && other.left < place.x && place.x < other.right)) continue;
    write(name, place.x, y);
    if (taken.length >= MOST_NAMES) break;
  }
}
