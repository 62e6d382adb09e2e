// Places nodes, away from the thread that draws.
import { type SimulationLinkDatum, type SimulationNodeDatum, forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";

export interface Placed extends SimulationNodeDatum {
  id: string;
  kind: string;
  radius: number;
  /** The subnet, which its members gather around. */
  home?: string;
}
interface Tie extends SimulationLinkDatum<Placed> {
  cable: boolean;
}
export interface Asked {
  nodes: Placed[];
  links: { source: string; target: string; cable: boolean }[];
  /** How much wider than high there is room. */
  aspect: number;
}

const RIM = 420;

/** Where subnets gather: on a circle, in the order of their names, so that it stays from visit to visit. */
function homes(nodes: Placed[], aspect: number): Map<string, { x: number; y: number }> {
  const names = [...new Set(nodes.map((node) => node.home ?? ""))].sort();
  const spread = names.length > 1 ? 90 + 26 * Math.sqrt(nodes.length) : 0;
  return new Map(names.map((name, i) => [name, { x: aspect * spread * Math.cos((2 * Math.PI * i) / names.length), y: spread * Math.sin((2 * Math.PI * i) / names.length) }]));
}

self.onmessage = (event: MessageEvent<Asked>) => {
  const { nodes, links, aspect } = event.data;
  const home = homes(nodes.filter((node) => node.kind !== "internet"), aspect);
  const rim = Math.max(RIM, 60 * Math.sqrt(nodes.length));
  const outside = nodes.filter((node) => node.kind === "internet").map((node) => node.id).sort();
  const goal = (node: Placed) => {
    const i = outside.indexOf(node.id);
    if (i < 0) return home.get(node.home ?? "") ?? { x: 0, y: 0 };
    return { x: aspect * rim * Math.cos((2 * Math.PI * i) / outside.length), y: rim * Math.sin((2 * Math.PI * i) / outside.length) };
  };
  nodes.forEach((node, i) => {
    // Begun at the same places each time, it ends at the same places.
    const at = goal(node);
    node.x ??= at.x + 40 * Math.cos(i * 2.4);
    node.y ??= at.y + 40 * Math.sin(i * 2.4);
  });
  const pull = (node: Placed) => (node.kind === "internet" ? 0.35 : 0.08);
  const simulation = forceSimulation(nodes)
    .force("links", forceLink<Placed, Tie>(links as unknown as Tie[]).id((node) => node.id).distance((tie) => (tie.cable ? 40 : 90)).strength(0.04))
    .force("apart", forceManyBody<Placed>().strength(-220).distanceMax(400))
    .force("collide", forceCollide<Placed>((node) => node.radius + 14))
    .force("x", forceX<Placed>((node) => goal(node).x).strength(pull))
    .force("y", forceY<Placed>((node) => goal(node).y).strength(pull))
    .stop();
  const steps = nodes.length > 800 ? 120 : 220;
  for (let i = 0; i < steps; i++) {
    simulation.tick();
    if (i % 20 === 19 || i === steps - 1) {
      self.postMessage(nodes.map((node) => [node.id, node.x ?? 0, node.y ?? 0] as const));
    }
  }
};
