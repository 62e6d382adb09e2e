// What can be written in a filter, for completion. The language itself is the instance's.

export interface Field {
  name: string;
  about: string;
  values?: string[];
}

const FLOWS: Field[] = [
  { name: "ip", about: "either side's address" },
  { name: "src_ip", about: "who opened it" },
  { name: "dst_ip", about: "the other side" },
  { name: "port", about: "either side's port" },
  { name: "src_port", about: "port of who opened it" },
  { name: "dst_port", about: "port of the other side" },
  { name: "mac", about: "either side's hardware address" },
  { name: "device", about: "id of the device on either side" },
  { name: "transport", about: "tcp, udp, icmp …", values: ["tcp", "udp", "icmp", "icmpv6"] },
  { name: "protocol", about: "the wire protocol", values: ["tls", "http", "dns", "quic", "ssh", "smb", "mdns", "dhcp", "ntp", "unknown"] },
  { name: "application", about: "what runs on it" },
  { name: "hostname", about: "the name that was asked for" },
  { name: "encrypted", about: "its payload is encrypted", values: ["true", "false"] },
  { name: "direction", about: "whither", values: ["inbound", "outbound", "lateral", "external", "multicast"] },
  { name: "state", about: "where the conversation stands" },
  { name: "bytes", about: "bytes of both sides" },
  { name: "src_bytes", about: "bytes sent by who opened it" },
  { name: "dst_bytes", about: "bytes sent by the other side" },
  { name: "duration_ms", about: "from the first packet to the last" },
  { name: "risks", about: "what is wrong with it" },
  { name: "ja4", about: "fingerprint of a TLS or QUIC client" },
];

const DEVICES: Field[] = [
  { name: "name", about: "what it is called" },
  { name: "ip", about: "an address of it" },
  { name: "mac", about: "a hardware address of it" },
  { name: "vendor", about: "its maker" },
  { name: "type", about: "what kind of thing it is" },
  { name: "os", about: "its operating system" },
  { name: "online", about: "seen within five minutes", values: ["true", "false"] },
  { name: "risk_score", about: "what speaks against it, up to 100" },
  { name: "first_seen", about: "when it was seen first" },
];

const ALERTS: Field[] = [
  { name: "severity", about: "how bad it is", values: ["info", "low", "medium", "high", "critical"] },
  { name: "detector", about: "what found it" },
  { name: "state", about: "what was done with it", values: ["open", "acknowledged", "muted"] },
  { name: "ip", about: "who does it or whom it is done to" },
  { name: "device", about: "the device it is about" },
  { name: "title", about: "a part of its sentence" },
];

export const FIELDS = { flows: FLOWS, devices: DEVICES, alerts: ALERTS };
export type Subject = keyof typeof FIELDS;

/** What may be meant by the last word of a text: names of fields, or values after one. */
export function suggestions(subject: Subject, text: string): { text: string; about: string; whole: string }[] {
  // Within quotes there is a value of somebody's own.
  if ((text.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1) return [];
  const fields = FIELDS[subject];
  const value = /([\w.]+)\s*(?:=|!=|~|has)\s*([\w.-]*)$/.exec(text);
  if (value) {
    const [, name = "", begun = ""] = value;
    const values = fields.find((field) => field.name === name)?.values ?? [];
    const fit = values.filter((one) => one.startsWith(begun) && one !== begun);
    return fit.map((one) => ({ text: one, about: "", whole: text.slice(0, text.length - begun.length) + one }));
  }
  const begun = /(?:^|\s|\()([\w.]*)$/.exec(text)?.[1];
  if (begun === undefined) return [];
  const fit = fields.filter((field) => field.name.startsWith(begun) && field.name !== begun);
  return fit.map(({ name, about }) => ({ text: name, about, whole: `${text.slice(0, text.length - begun.length)}${name} ` }));
}

/** A value as the language takes it. */
export const quoted = (value: string): string =>
  /^[\w.:-]+$/.test(value) ? value : `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** One filter and another. */
export const both = (a: string | null | undefined, b: string): string => (a?.trim() ? `(${a.trim()}) and ${b}` : b);
