import { beforeEach, describe, expect, it, vi } from "vitest";

// As much of a browser as a place needs.
const browser = {
  location: new URL("http://127.0.0.1:8080/"),
  history: { pushState: (_: unknown, __: string, url: string) => move(url), replaceState: (_: unknown, __: string, url: string) => move(url) },
  addEventListener: () => {},
};
const move = (url: string) => (browser.location = new URL(url, "http://127.0.0.1:8080"));
vi.stubGlobal("window", browser);

const { address, change, go, rangeOf } = await import("../src/lib/route");

describe("a place", () => {
  beforeEach(() => void move("/"));

  it("is written with its parameters, without empty ones", () => {
    expect(address("/flows", { filter: 'hostname = "a b&c"', mode: undefined, sort: "" })).toBe("/flows?filter=hostname+%3D+%22a+b%26c%22");
    expect(address("/flows")).toBe("/flows");
  });
  it("takes the time range along, unless another is named", () => {
    move("/?range=7d&sort=-in");
    go("/flows?filter=dns");
    expect(browser.location.search).toBe("?filter=dns&range=7d");
    go("/history?from=1&to=2");
    expect(browser.location.search).toBe("?from=1&to=2");
    go("/devices");
    expect(browser.location.search).toBe("?from=1&to=2");
  });
  it("changes what is named and leaves the rest", () => {
    move("/devices?sort=name&filter=x");
    change({ filter: undefined, group: "type" });
    expect(browser.location.pathname + browser.location.search).toBe("/devices?sort=name&group=type");
  });
  it("has a range even if its name is nonsense", () => {
    expect(rangeOf(new URLSearchParams("range=7d"))).toEqual({ from: "-7d", label: "the last 7 days" });
    expect(rangeOf(new URLSearchParams("range=<b>"))).toEqual({ from: "-1h", label: "the last hour" });
    expect(rangeOf(new URLSearchParams("from=1&to=2"))).toEqual({ from: "1", to: "2", label: "the chosen range" });
  });
});
