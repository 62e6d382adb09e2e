import { type CSSProperties, type KeyboardEvent, type MouseEvent, type ReactNode, memo, useCallback, useDeferredValue, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type Ordered, goneOn, inOrder } from "../lib/order";
import { type Widths, useWidths } from "../lib/widths";
import { CellMenu, type Chosen } from "./CellMenu";

export interface Column<T> {
  key: string;
  title: string;
  cell: (row: T) => ReactNode;
  number?: boolean;
  /** Left out where there is little room. */
  wide?: boolean;
  /** May take more room than others. */
  grow?: boolean;
  /** Takes less: it matters less. */
  slim?: boolean;
  /** Not shown before somebody chooses it. */
  extra?: boolean;
  /** What it is sorted by; without it, it is not. */
  by?: (row: T) => number | string;
  /** The filter that takes rows that have the same here. */
  filter?: (row: T) => string | null | undefined;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  id: (row: T) => string;
  sort?: string;
  onSort?: (sort: string) => void;
  onOpen?: (row: T) => void;
  selected?: string;
  height?: number | string;
  onEnd?: () => void;
  /** Takes a filter that a cell is chosen by; with it, cells have a menu. */
  onFilter?: (filter: string) => void;
}

const ROW = 28;
/** Rows that are drawn beyond those that can be seen. */
const BEYOND = 8;
/** Rows by which the window goes on: to draw one at a time costs more. */
const STRIDE = 4;
/** Pixels by which a key changes the width of a column. */
const STEP = 24;

/** Rows in the order of a column; `-` in front turns it round. */
export function sorted<T>(rows: T[], columns: Column<T>[], sort: string | undefined): T[] {
  const by = columns.find((column) => column.key === sort?.replace(/^-/, ""))?.by;
  return by ? inOrder(rows, by, sort?.startsWith("-") ?? false) : rows;
}

/** As `sorted`, for rows that come in front all the time: they are put in their places. */
export function useSorted<T>(rows: T[], columns: Column<T>[], sort: string | undefined): T[] {
  const before = useRef<Ordered<T>>(undefined);
  // Whoever clicked sees that first; to order a hundred thousand takes longer than a frame.
  const order = useDeferredValue(sort);
  const by = columns.find((column) => column.key === order?.replace(/^-/, ""))?.by;
  const turned = order?.startsWith("-") ?? false;
  return useMemo(() => {
    before.current = by && goneOn(rows, by, turned, before.current);
    return before.current?.shown ?? rows;
  }, [rows, by, turned]);
}

/** A table of any length: only what can be seen is drawn. */
export function Table<T>(props: Props<T>) {
  const { label, columns, rows, id, sort, onSort, onOpen, selected, height, onEnd, onFilter } = props;
  const box = useRef<HTMLDivElement>(null);
  const [widths, resize] = useWidths(label);
  const [window, setWindow] = useState({ from: 0, to: 60 });
  const [chosen, setChosen] = useState<Chosen>();
  const close = useCallback(() => setChosen(undefined), []);
  const pointed = useRef<string>(undefined);
  const choose = (row: T, column: Column<T> | undefined, at: Element, event?: MouseEvent) => {
    const filter = onFilter && column?.filter?.(row);
    if (!filter) return;
    event?.preventDefault();
    const place = at.getBoundingClientRect();
    setChosen({ filter, x: event?.clientX || place.left, y: event?.clientY || place.bottom });
  };
  const look = () => {
    const element = box.current;
    if (!element) return;
    const from = Math.max(0, Math.floor((element.scrollTop / ROW - BEYOND) / STRIDE) * STRIDE);
    const to = Math.ceil(((element.scrollTop + element.clientHeight) / ROW + BEYOND) / STRIDE) * STRIDE;
    setWindow((old) => (old.from === from && old.to === to ? old : { from, to }));
    if (onEnd && element.scrollTop + element.clientHeight > element.scrollHeight - 10 * ROW) onEnd();
  };
  // eslint-disable-next-line react-hooks/exhaustive-deps -- only more or fewer rows change what can be seen
  useLayoutEffect(look, [rows.length]);
  useEffect(() => {
    const observer = new ResizeObserver(look);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  });
  const shown = rows.slice(window.from, window.to);
  const below = Math.max(0, rows.length - window.to);
  const move = (event: KeyboardEvent<HTMLElement>, row: T, step: number) => {
    if (event.key === "Enter" && event.target === event.currentTarget) onOpen?.(row);
    if (event.key === "f" && !event.ctrlKey && !event.metaKey) {
      // The cell under the pointer, or the first that can be filtered by.
      const at = columns.findIndex((column) => column.key === pointed.current);
      const which = columns[at]?.filter ? at : columns.findIndex((column) => column.filter);
      choose(row, columns[which], event.currentTarget.children[which] ?? event.currentTarget);
      return;
    }
    const down = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key] ?? 0;
    if (!down) return;
    event.preventDefault();
    const next = event.currentTarget.parentElement?.querySelector<HTMLElement>(`[data-row="${step + down}"]`);
    next?.focus();
  };
  // The same for all rows and for as long as the table is there, so that no row is drawn anew for it.
  const latest = useRef<Hands<T>>({ open: () => {}, move, choose, point: () => {} });
  latest.current = { open: (row) => onOpen?.(row), move, choose, point: (column) => (pointed.current = column) };
  const [hands] = useState<Hands<T>>(() => ({
    open: (row) => latest.current.open(row),
    move: (event, row, at) => latest.current.move(event, row, at),
    choose: (row, column, at, event) => latest.current.choose(row, column, at, event),
    point: (column) => latest.current.point(column),
  }));
  return (
    <div className="table" ref={box} onScroll={look} style={{ height, maxHeight: height }} tabIndex={0} role="region" aria-label={label}>
      <table aria-rowcount={rows.length + 1} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                style={styleOf(widths[column.key])}
                onKeyDown={(event) => {
                  const by = event.shiftKey ? { ArrowLeft: -STEP, ArrowRight: STEP }[event.key] : undefined;
                  if (by !== undefined) resize(column.key, event.currentTarget.offsetWidth + by);
                }}
                className={`${column.number ? "number" : ""} ${column.wide ? "wide" : ""}`}
                aria-sort={sort === column.key ? "ascending" : sort === `-${column.key}` ? "descending" : undefined}
              >
                {column.by && onSort ? (
                  <button className="bare" onClick={() => onSort(sort === `-${column.key}` ? column.key : `-${column.key}`)}>
                    {column.title}
                    {sort === column.key ? " ↑" : sort === `-${column.key}` ? " ↓" : ""}
                  </button>
                ) : (
                  column.title
                )}
                <Grip onWidth={(width) => resize(column.key, width)} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {window.from > 0 && (
            <tr aria-hidden="true">
              <td style={{ height: window.from * ROW, padding: 0 }} colSpan={columns.length} />
            </tr>
          )}
          {shown.map((row, i) => (
            <Row
              key={id(row)}
              row={row}
              at={window.from + i}
              columns={columns}
              widths={widths}
              selected={selected !== undefined && selected === id(row)}
              opens={onOpen !== undefined}
              hands={hands}
            />
          ))}
          {below > 0 && (
            <tr aria-hidden="true">
              <td style={{ height: below * ROW, padding: 0 }} colSpan={columns.length} />
            </tr>
          )}
        </tbody>
      </table>
      {chosen && onFilter && <CellMenu chosen={chosen} onFilter={onFilter} onClose={close} />}
    </div>
  );
}

const styleOf = (width: number | undefined): CSSProperties | undefined => (width === undefined ? undefined : { width, minWidth: width, maxWidth: width });

/** The right edge of a column, to be drawn; by keys it is Shift with an arrow. A double click gives it what it needs. */
function Grip({ onWidth }: { onWidth: (width: number | undefined) => void }) {
  const held = useRef<{ x: number; width: number }>(undefined);
  return (
    <span
      className="grip"
      aria-hidden="true"
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={() => onWidth(undefined)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        held.current = { x: event.clientX, width: event.currentTarget.parentElement?.offsetWidth ?? 0 };
      }}
      onPointerMove={(event) => held.current && event.clientX !== held.current.x && onWidth(held.current.width + event.clientX - held.current.x)}
      onPointerUp={() => (held.current = undefined)}
    />
  );
}

/** What can be done with a row. */
interface Hands<T> {
  open: (row: T) => void;
  move: (event: KeyboardEvent<HTMLElement>, row: T, at: number) => void;
  choose: (row: T, column: Column<T>, at: Element, event: MouseEvent) => void;
  point: (column: string) => void;
}

interface RowProps<T> {
  row: T;
  at: number;
  columns: Column<T>[];
  widths: Widths;
  selected: boolean;
  opens: boolean;
  hands: Hands<T>;
}

/** A row, drawn anew only when it is another. */
const Row = memo(function Row<T>({ row, at, columns, widths, selected, opens, hands }: RowProps<T>) {
  return (
    <tr
      data-row={at}
      aria-rowindex={at + 2}
      aria-selected={selected || undefined}
      className={opens ? "opens" : ""}
      tabIndex={opens ? 0 : undefined}
      onClick={opens ? () => hands.open(row) : undefined}
      onKeyDown={(event) => hands.move(event, row, at)}
    >
      {columns.map((column) => (
        <td
          key={column.key}
          style={styleOf(widths[column.key])}
          onMouseEnter={() => hands.point(column.key)}
          onContextMenu={(event) => hands.choose(row, column, event.currentTarget, event)}
          className={`${column.number ? "number" : ""} ${column.wide ? "wide" : ""} ${column.grow ? "grow" : column.slim ? "slim" : ""}`}
        >
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}) as <T>(props: RowProps<T>) => ReactNode;
