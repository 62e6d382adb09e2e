import { describe, expect, it } from "vitest";
import { seriesOf } from "../src/lib/colour";
import { both, quoted, suggestions } from "../src/lib/filters";
import { ago, bytes, duration, instant, number, plural, rate, share } from "../src/lib/format";
import { before, moves, second } from "../src/lib/period";
import { cell, csv } from "../src/lib/save";
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
    expect(ago("2025-03-31T16:03:00Z", now)).toContain("2025");
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
    expect(common.size).toBe(8);
    expect(seriesOf("constructor")).toMatch(/^var\(--series-\d\)$/);
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

describe("files", () => {
  it("quote what would break a line", () => {
    expect(["a", 'a "b"', "a,b", "a\nb", null, 7, ["x", "y"]].map(cell)).toEqual(["a", '"a ""b"""', '"a,b"', '"a\nb"', "", "7", "x y"]);
    expect(csv([{ title: "n", of: (n: number) => n }], [1, -2])).toBe("n\r\n1\r\n-2\r\n");
  });
  it("hold no formulas from the wire", () => {
    expect(["=1+1", "@a", "+1", "-x"].map(cell)).toEqual(["'=1+1", "'@a", "'+1", "'-x"]);
  });
});

describe("periods", () => {
  const now = Date.UTC(2026, 10, 22, 14, 0, 0);
  it("come before, as long as the one behind", () => {
    expect(second("-24h", now)).toBe(now / 1000 - 86_400);
    expect(before({ from: "-1h", label: "" }, now)).toEqual({ from: String(now / 1000 - 7200), to: String(now / 1000 - 3600) });
    expect(before({ from: "1000", to: "1600", label: "" }, now)).toEqual({ from: "400", to: "1000" });
  });
  it("are compared by bytes", () => {
    const of = (key: string, bytes: number) => ({ key, points: [[0, bytes, 0, 1, 1]] as [number, number, number, number, number][] });
    const found = moves([of("a", 9000), of("b", 5e6), of("c", 7), of("other", 1e9)], [of("a", 1000), of("b", 4e6), of("c", 7), of("d", 2e6)]);
    expect(found).toEqual([
      { key: "d", now: 0, before: 2e6 },
      { key: "b", now: 5e6, before: 4e6 },
      { key: "a", now: 9000, before: 1000 },
    ]);
  });
});
