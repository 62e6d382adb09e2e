import { beforeEach, expect, test } from "vitest";
import { removeView, saveView, viewsOf } from "../src/lib/views";

const kept = new Map<string, string>();
beforeEach(() => {
  kept.clear();
  globalThis.localStorage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) } as unknown as Storage;
});

test("a view is saved, replaced and removed by its name", () => {
  saveView("flows", " slow ", "filter=a");
  saveView("flows", "big", "filter=b");
  expect(saveView("flows", "slow", "filter=c")).toEqual([
    { name: "big", query: "filter=b" },
    { name: "slow", query: "filter=c" },
  ]);
  expect(viewsOf("devices")).toEqual([]);
  expect(removeView("flows", "big")).toEqual([{ name: "slow", query: "filter=c" }]);
});

test("there are not too many, and nonsense is none", () => {
  for (let n = 0; n < 30; n += 1) saveView("flows", `view ${n}`, "");
  expect(viewsOf("flows").map((view) => view.name)[0]).toBe("view 10");
  for (const nonsense of ["{", "7", '[null, {"name": 5}, "x"]']) {
    kept.set("views flows", nonsense);
    expect(viewsOf("flows")).toEqual([]);
  }
  expect(saveView("flows", "  ", "filter=a")).toEqual([]);
});
