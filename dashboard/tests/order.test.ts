import { describe, expect, it } from "vitest";
import { type By, type Ordered, goneOn, inOrder } from "../src/lib/order";

interface Row {
  id: number;
  size: number;
  name: string;
}

const row = (id: number): Row => ({ id, size: (id * 7919) % 101, name: ["Ärzte", "zebra", "apple", "Banana"][id % 4] as string });
const size = (one: Row) => one.size;
const name = (one: Row) => one.name;

describe("rows in order", () => {
  it("are ordered by numbers and by words as people do", () => {
    const rows = [0, 1, 2, 3].map(row);
    expect(inOrder(rows, name, false).map(name)).toEqual(["apple", "Ärzte", "Banana", "zebra"]);
    expect(inOrder(rows, size, true).map(size)).toEqual([...rows.map(size)].sort((a, b) => b - a));
  });

  const cases: [string, By<Row>, boolean][] = [
    ["sizes", size, false],
    ["sizes, turned round", size, true],
    ["names", name, false],
    ["names, turned round", name, true],
  ];
  it.each(cases)("stay in order of %s as rows come and go", (_, by, turned) => {
    let rows: Row[] = [];
    let next = 0;
    let kept: Ordered<Row> | undefined;
    for (const batch of [50, 3, 0, 7, 40, 1, 200, 5, 5]) {
      rows = [...Array.from({ length: batch }, () => row(next++)).reverse(), ...rows].slice(0, 90);
      kept = goneOn(rows, by, turned, kept);
      expect(kept.shown.map(by)).toEqual(inOrder(rows, by, turned).map(by));
      expect(new Set(kept.shown)).toEqual(new Set(rows));
    }
  });

  it("are ordered anew when they are others", () => {
    const kept = goneOn([1, 2, 3].map(row), size, false, undefined);
    const others = [9, 2, 4].map(row);
    expect(goneOn(others, size, false, kept).shown).toEqual(inOrder(others, size, false));
  });
});
