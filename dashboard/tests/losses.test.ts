import { expect, test } from "vitest";
import { lostIn } from "../src/lib/losses";

test("steps with losses are named, and what was lost is added up", () => {
  const points: [number, number, number, number, number][] = [
    [60, 1000, 0, 10, 0],
    [120, 1000, 0, 10, 3],
    [240, 1000, 0, 10, 4],
  ];
  expect(lostIn({ step: 60, from: 60, to: 300, series: [{ key: "", points }] })).toEqual({ packets: 7, begins: [120, 240] });
  expect(lostIn({ step: 60, from: 60, to: 300, series: [] })).toEqual({ packets: 0, begins: [] });
  expect(lostIn(undefined)).toEqual({ packets: 0, begins: [] });
});
