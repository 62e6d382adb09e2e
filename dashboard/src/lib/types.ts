// Records as docs/records.md has them. What the OpenAPI document describes comes from openapi.d.ts.
import type { components } from "./openapi";

export type DeviceRow = Omit<components["schemas"]["DeviceRow"], "internet" | "local" | "presence"> & {
  internet: Volume;
  local: Volume;
  presence: Presence[];
};
export type Problem = components["schemas"]["Problem"];
export type Analysis = components["schemas"]["Analysis"];
export type Who = components["schemas"]["Who"];
export type Share = components["schemas"]["ShareRow"];
export type Hit = components["schemas"]["Hit"];
/** Begin of the step in seconds, bytes in, bytes out, packets, flows. */
export type Point = [number, number, number, number, number];
export type Series = Omit<components["schemas"]["Series"], "points"> & { points: Point[] };
export type Timeseries = Omit<components["schemas"]["Timeseries"], "series"> & { series: Series[] };
export type GraphNode = components["schemas"]["Node"];
export type GraphLink = components["schemas"]["Link"];

export interface Page<T> {
  items: T[];
  next?: string;
  total?: number;
}

export interface Volume {
  in_bytes: number;
  out_bytes: number;
  in_packets: number;
  out_packets: number;
}

export interface Presence {
  hour: string;
  minutes: number;
}

export interface Finding {
  confidence: number;
  reasons: string[];
}

export interface Connection extends Volume {
  peer: string;
  peer_device?: string;
  direction: string;
  transport: string;
  port?: number;
  protocol: string;
  application?: string;
  hostname?: string;
  country?: string;
  asn?: number;
  org?: string;
  flows: number;
  rtt_avg_ms?: number;
  retransmits?: number;
  lost_segments?: number;
  first_seen: string;
  last_seen: string;
}

export interface Service {
  transport: string;
  port?: number;
  protocol: string;
  name?: string;
  product?: string;
  version?: string;
  sources: string[];
  withdrawn?: boolean;
  first_seen: string;
  last_seen: string;
}

export interface Use {
  name: string;
  flows: number;
  bytes: number;
}

export interface Device {
  id: string;
  name?: string;
  macs: string[];
  ips: { ip: string; evidence: string; current: boolean; first_seen: string; last_seen: string }[];
  hostnames: { name: string; source: string; first_seen: string; last_seen: string }[];
  vendor?: string;
  type?: string;
  type_evidence?: Finding;
  model?: string;
  model_evidence?: Finding;
  os?: Finding & { name: string };
  uptime_seconds?: number;
  roles: string[];
  services: Service[];
  uses: Use[];
  applications: Use[];
  internet: Volume;
  local: Volume;
  connections: Connection[];
  other_connections?: number;
  vlans?: number[];
  interfaces?: string[];
  behind?: string;
  hardware: { mac: string; vendor?: string; locally_administered?: boolean; first_seen: string; last_seen: string }[];
  joined?: { time: string; what: string; addresses: string[]; probability: number; reasons: string[] }[];
  shared?: Finding;
  presence: Presence[];
  first_seen: string;
  last_seen: string;
  online: boolean;
  risk: { score: number; reasons: string[] };
}

export type Severity = "info" | "low" | "medium" | "high" | "critical";

export interface Alert {
  id: string;
  time: string;
  detector: string;
  severity: Severity;
  title: string;
  description: string;
  src_ip?: string;
  src_mac?: string;
  dst_ip?: string;
  dst_mac?: string;
  device?: string;
  device_name?: string;
  count: number;
  first_seen: string;
  last_seen: string;
  evidence: Record<string, unknown>;
  mitre: string[];
  state: "open" | "acknowledged" | "muted";
  comment?: string;
  incident: string;
}

export interface Incident {
  id: string;
  src_ip?: string;
  src_mac?: string;
  device?: string;
  title: string;
  severity: Severity;
  score: number;
  first_seen: string;
  last_seen: string;
  timeline: { time: string; detector: string; alert: string; title: string }[];
}

/** A flow record; what it has beside these depends on its protocol. */
export interface Flow {
  id: string;
  ref?: string;
  start: string;
  end: string;
  duration_ms: number;
  transport: string;
  src_ip: string;
  src_port?: number;
  dst_ip: string;
  dst_port?: number;
  src_device?: string;
  dst_device?: string;
  protocol: string;
  application?: string;
  hostname?: string;
  encrypted?: boolean;
  src_bytes: number;
  dst_bytes: number;
  src_packets: number;
  dst_packets: number;
  rtt_avg_ms?: number;
  dst_country?: string;
  src_country?: string;
  risks?: string[];
  [field: string]: unknown;
}

export interface Drops {
  received: number;
  processed: number;
  undecodable: number;
  filtered: number;
  shed: number;
  kernel: number;
}

export interface Interface {
  name: string;
  link?: string;
  packets: number;
  bytes: number;
  kernel_drops: number;
  freezes: number;
}

export interface Stats {
  time: string;
  uptime_s: number;
  packets_per_second: number;
  bits_per_second: number;
  open_flows: number;
  flows: number;
  evicted: number;
  records_shed: number;
  events_shed: number;
  drops: Drops;
  undecodable: { name: string; packets: number }[];
  interfaces: Interface[];
  devices: number;
  devices_online: number;
  alerts_open: number;
  incidents_open: number;
  store?: {
    trouble: { what: string; remedy: string } | null;
    written: number;
    shed: number;
    lost: number;
    bytes: number;
    free_bytes: number;
    bytes_per_day: number;
    oldest_day?: string;
  };
}

export interface Subnet {
  network: string;
  announced: boolean;
  addresses: number;
  vlans?: number[];
  gateways: string[];
}

export interface Graph {
  nodes: GraphNode[];
  links: GraphLink[];
  facts: { gateways: string[]; switches: string[]; subnets: Subnet[]; neighbours: unknown[] };
}
