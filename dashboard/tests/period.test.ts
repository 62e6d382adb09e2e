import { expect, it } from "vitest";
import { usual } from "../src/lib/period";
import type { Series } from "../src/lib/types";

const DAY = 86_400;
const NOW = 1_800_000_000;
const points = [
  // Eight days ago: too early to count.
  [NOW - 8.5 * DAY, 9000, 0],
  [NOW - 5.5 * DAY, 100, 40],
  [NOW - 1.5 * DAY, 50, 20],
  [NOW - 3600, 300, 30],
] as unknown as Series["points"];

it("compares the last 24 hours with the days that it was there", () => {
  expect(usual(points, NOW, NOW - 30 * DAY)).toEqual({ today: 330, usual: 30 });
  expect(usual(points, NOW, NOW - 6 * DAY)).toEqual({ today: 330, usual: 42 });
  expect(usual(points, NOW, NOW - DAY)).toEqual({ today: 330 });
});
