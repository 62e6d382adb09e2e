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

/** Where nodes are by now. */
export interface Laid {
  places: [id: string, x: number, y: number][];
  isLast: boolean;
}

const RIM = 420;

/** Half the distance of two nodes beside each other. */
const SPACE = 16;

/** Where subnets gather, and how far from the middle the last of them ends. In the order of their names, so
 * that it stays from visit to visit: few on a circle, more as the seeds of a sunflower (Vogel 1979). */
function homes(nodes: Placed[], aspect: number): { home: Map<string, { x: number; y: number }>; extent: number } {
  const names = [...new Set(nodes.map((node) => node.home ?? ""))].sort();
  // A subnet of the usual size is a disc; they shall not lie on each other.
  const disc = 60 + 2 * SPACE * Math.sqrt(nodes.length / Math.max(1, names.length));
  const [wide, high] = [Math.sqrt(aspect), 1 / Math.sqrt(aspect)];
  const circle = names.length > 1 ? Math.max(disc, (1.15 * names.length * disc) / Math.PI) : 0;
  const at = (i: number) => {
    if (names.length <= 6) return { r: circle, angle: (2 * Math.PI * i) / names.length };
    return { r: 1.8 * disc * Math.sqrt(i + 0.5), angle: i * 2.39996 };
  };
  const home = new Map(
    names.map((name, i) => {
      const { r, angle } = at(i);
      return [name, { x: wide * r * Math.cos(angle), y: high * r * Math.sin(angle) }];
    }),
  );
  return { home, extent: names.length === 0 ? 0 : at(names.length - 1).r + disc };
}

self.onmessage = (event: MessageEvent<Asked>) => {
  const { nodes, links, aspect } = event.data;
  const { home, extent } = homes(nodes.filter((node) => node.kind !== "internet"), aspect);
  const rim = Math.max(RIM, extent + 120);
  const outside = nodes.filter((node) => node.kind === "internet").map((node) => node.id).sort();
  const goal = (node: Placed) => {
    const i = outside.indexOf(node.id);
    if (i < 0) return home.get(node.home ?? "") ?? { x: 0, y: 0 };
    const angle = (2 * Math.PI * i) / outside.length;
    return { x: Math.sqrt(aspect) * rim * Math.cos(angle), y: (rim * Math.sin(angle)) / Math.sqrt(aspect) };
  };
  nodes.forEach((node, i) => {
    // Begun at the same places each time, it ends at the same places.
    const at = goal(node);
    node.x ??= at.x + 40 * Math.cos(i * 2.4);
    node.y ??= at.y + 40 * Math.sin(i * 2.4);
  });
  const pull = (node: Placed) => (node.kind === "internet" ? 0.35 : 0.08);
  // Where many talk to many, what they have in common is where they are.
  const strength = 0.04 * Math.min(1, (0.5 * nodes.length) / Math.max(1, links.length)) * (nodes.length > 400 ? 0.5 : 1);
  const simulation = forceSimulation(nodes)
    .force("links", forceLink<Placed, Tie>(links as unknown as Tie[]).id((node) => node.id).distance((tie) => (tie.cable ? 40 : 90)).strength(strength))
    .force("apart", forceManyBody<Placed>().strength(-220).distanceMax(400))
    .force("collide", forceCollide<Placed>((node) => node.radius + 14))
    .force("x", forceX<Placed>((node) => goal(node).x).strength(pull))
    .force("y", forceY<Placed>((node) => goal(node).y).strength(pull))
    .stop();
  const steps = nodes.length > 800 ? 120 : 220;
  for (let i = 0; i < steps; i++) {
    simulation.tick();
    if (i % 20 === 19 || i === steps - 1) {
      const laid: Laid = { places: nodes.map((node) => [node.id, node.x ?? 0, node.y ?? 0]), isLast: i === steps - 1 };
      self.postMessage(laid);
    }
  }
};
