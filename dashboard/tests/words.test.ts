import { describe, expect, it } from "vitest";
import { seriesOf } from "../src/lib/colour";
import { both, quoted, suggestions } from "../src/lib/filters";
import { ago, bytes, duration, instant, number, plural, rate, share } from "../src/lib/format";
import { type Column, sorted } from "../src/parts/Table";

const plain = (text: string) => text.replaceAll("\u202f", " ");

describe("numbers", () => {
  it("have decimal units and three digits", () => {
    expect([0, 999, 1000, 999_500, 1_234_567, 5e12].map(bytes).map(plain)).toEqual(["0 B", "999 B", "1 kB", "1 MB", "1.23 MB", "5 TB"]);
    expect(plain(rate(212_400_000))).toBe("212 Mbit/s");
    expect(plain(share(1, 3))).toBe("33.3 %");
    expect(plain(share(1, 0))).toBe("0 %");
    expect([3, 3.14159, 1234].map(number)).toEqual(["3", "3.14", "1,234"]);
  });
  it("of things agree with them", () => {
    expect([plural(1, "device"), plural(2, "device"), plural(0, "device")]).toEqual(["1 device", "2 devices", "0 devices"]);
  });
});

describe("times", () => {
  it("last as a person says it", () => {
    expect([0.4, 12, 1500, 90_000, 3_600_000, 5_400_000, 90_000_000].map(duration).map(plain)).toEqual(["400 µs", "12 ms", "1.5 s", "1 min 30 s", "1 h", "1 h 30 min", "1 d 1 h"]);
  });
  it("keep their milliseconds, whatever comes behind", () => {
    expect(instant("2026-11-22T14:03:01.123456789Z")).toBe(Date.UTC(2026, 10, 22, 14, 3, 1, 123));
  });
  it("are relative within the hour", () => {
    const now = Date.UTC(2026, 10, 22, 14, 0, 0);
    expect(plain(ago("2026-11-22T13:56:00Z", now))).toBe("4 min ago");
    expect(ago("2026-11-22T13:59:59Z", now)).toBe("now");
    expect(ago("never", now)).toBe("unknown");
  });
});

describe("filters", () => {
  it("offer fields, then values", () => {
    expect(suggestions("flows", "proto").map((one) => one.whole)).toEqual(["protocol "]);
    expect(suggestions("flows", "protocol = t").map((one) => one.whole)).toEqual(["protocol = tls"]);
    expect(suggestions("alerts", "detector = x and sev").map((one) => one.whole)).toEqual(["detector = x and severity "]);
    expect(suggestions("flows", 'hostname = "a b')).toEqual([]);
  });
  it("quote what is no word", () => {
    expect([quoted("tls"), quoted("10.0.0.1"), quoted('a "b"\\')]).toEqual(["tls", "10.0.0.1", '"a \\"b\\"\\\\"']);
    expect(both("a = 1 or b = 2", "c = 3")).toBe("(a = 1 or b = 2) and c = 3");
  });
});

describe("colours", () => {
  it("stay with a name and differ between common ones", () => {
    expect(seriesOf("tls")).toBe(seriesOf("tls"));
    const common = new Set(["tls", "dns", "http", "ssh", "ntp", "dhcp", "quic", "smb"].map(seriesOf));
    expect(common.size).toBeGreaterThanOrEqual(5);
  });
});

describe("rows", () => {
  const columns: Column<{ n: number; s: string }>[] = [
    { key: "n", title: "n", cell: () => null, by: (row) => row.n },
    { key: "s", title: "s", cell: () => null, by: (row) => row.s },
  ];
  const rows = [{ n: 10, s: "b" }, { n: 9, s: "a" }, { n: 100, s: "c" }];
  it("are sorted by what they are", () => {
    expect(sorted(rows, columns, "n").map((row) => row.n)).toEqual([9, 10, 100]);
    expect(sorted(rows, columns, "-s").map((row) => row.s)).toEqual(["c", "b", "a"]);
    expect(sorted(rows, columns, "nothing")).toBe(rows);
  });
});
