// Rows in the order of a column, however many, and kept in it as others come.

/** What a row is ordered by. */
export type By<T> = (row: T) => number | string;

/** Rows and their order, to go on from. */
export interface Ordered<T> {
  by: By<T>;
  turned: boolean;
  rows: T[];
  shown: T[];
}

const collator = new Intl.Collator();

function compare(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (a === b) return 0;
  return collator.compare(String(a), String(b));
}

/** Rows in order; each is asked once what it is ordered by. */
export function inOrder<T>(rows: T[], by: By<T>, turned: boolean): T[] {
  const keyed = rows.map((row) => ({ key: by(row), row }));
  keyed.sort(turned ? (a, b) => compare(b.key, a.key) : (a, b) => compare(a.key, b.key));
  return keyed.map((one) => one.row);
}

/** Rows that came in front of those that were there, and how many are there still; none if they are others. */
function grown<T>(rows: T[], before: T[]): { fresh: T[]; kept: number } | undefined {
  const first = before[0];
  const at = first === undefined ? -1 : rows.indexOf(first);
  const kept = rows.length - at;
  if (at < 0 || kept > before.length || rows[rows.length - 1] !== before[kept - 1]) return undefined;
  return { fresh: rows.slice(0, at), kept };
}

/** The place of a row among others in order: behind its equals. */
function placeOf<T>(shown: T[], key: number | string, by: By<T>, turned: boolean): number {
  let [low, high] = [0, shown.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compare(key, by(shown[middle] as T));
    if ((turned ? -order : order) < 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** As `inOrder`, where rows differ from those before by new ones in front and old ones that are gone behind. */
export function goneOn<T>(rows: T[], by: By<T>, turned: boolean, before: Ordered<T> | undefined): Ordered<T> {
  const change = before && before.by === by && before.turned === turned ? grown(rows, before.rows) : undefined;
  // To sort all of them is as quick as to put so many in their places.
  if (!before || !change || change.fresh.length * 4 > rows.length) return { by, turned, rows, shown: inOrder(rows, by, turned) };
  const gone = new Set(before.rows.slice(change.kept));
  const old = gone.size > 0 ? before.shown.filter((row) => !gone.has(row)) : before.shown;
  const shown: T[] = [];
  let from = 0;
  for (const row of inOrder(change.fresh, by, turned)) {
    const to = placeOf(old, by(row), by, turned);
    for (; from < to; from++) shown.push(old[from] as T);
    shown.push(row);
  }
  for (; from < old.length; from++) shown.push(old[from] as T);
  return { by, turned, rows, shown };
}
