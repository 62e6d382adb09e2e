import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { resolved, seriesOf } from "../lib/colour";
import { useApi } from "../lib/api";
import { exact, plural, rate } from "../lib/format";
import { lostIn } from "../lib/losses";
import { nameOf, useDevices } from "../lib/devices";
import { useTheme } from "../lib/theme";
import { address } from "../lib/route";
import type { Timeseries } from "../lib/types";

interface Props {
  series: Timeseries;
  label: string;
  /** Which side of a point is drawn; both is in above and out below. */
  height?: number;
  onRange?: (from: number, to: number) => void;
}

// A step is one number: a line between two would show what was not measured.
const stepped = uPlot.paths.stepped?.({ align: 1 });

/** Bits a second over time: in above the axis, out below it, stacked. Brushing chooses a range. Where the capture lost
 * packets there was more than is drawn: that is hatched. */
export function Chart({ series, label, height = 200, onRange }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const range = useRef(onRange);
  range.current = onRange;
  const [theme] = useTheme();
  const [at, setAt] = useState<number>();
  const { from, to, step } = series;
  const capture = useApi<Timeseries>(address("timeseries", { by: "capture", from: String(from), to: String(to), step: String(step) }));
  const lost = useMemo(() => lostIn(capture.data), [capture.data]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const plot = new uPlot(options(series, lost, element.clientWidth, height, range, setAt), data(series), element);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [series, lost, height, theme]);
  return (
    <div className="stack">
      <div className="chart" ref={box} role="img" aria-label={lost.packets > 0 ? `${label}; ${lossesOf(lost.packets)}` : label} style={{ minHeight: height }} />
      <Legend series={series} at={at} lost={lost.packets} />
    </div>
  );
}

const lossesOf = (packets: number): string => `${plural(packets, "packet was", "packets were")} lost where it is hatched`;

/** What the colours mean; while somebody points into the chart, what was measured there. */
function Legend({ series: { series, from, step }, at, lost }: { series: Timeseries; at: number | undefined; lost: number }) {
  const { byId } = useDevices();
  const nameOfKey = (key: string) => {
    const row = byId.get(key);
    return row ? nameOf(row) : key || "all";
  };
  const points = (one: Timeseries["series"][number]) => one.points.find(([second]) => Math.floor((second - from) / step) === at);
  return (
    <div className="legend" aria-hidden={series.length <= 1 && lost === 0}>
      {lost > 0 && (
        <span>
          <i className="hatched" />
          {lossesOf(lost)}
        </span>
      )}
      {at !== undefined && <span className="muted">{exact(new Date((from + at * step) * 1000).toISOString())}</span>}
      {(series.length > 1 || at !== undefined) &&
        series.map((one) => {
          const point = at === undefined ? undefined : points(one);
          return (
            <span key={one.key} className={at !== undefined && !point ? "off" : undefined}>
              <i style={{ background: series.length > 1 ? seriesOf(one.key) : "var(--accent)" }} />
              {nameOfKey(one.key)}
              {point && <span className="muted"> {rate((point[1] * 8) / step)} in, {rate((point[2] * 8) / step)} out</span>}
            </span>
          );
        })}
      {series.length <= 1 && at === undefined && <span>&nbsp;</span>}
    </div>
  );
}

/** Times, then for each series the upper edge in and the lower edge out of the stack. */
function data({ step, from, to, series }: Timeseries): uPlot.AlignedData {
  const steps = Math.max(1, Math.ceil((to - from) / step));
  const times = Array.from({ length: steps }, (_, i) => from + i * step);
  const up = new Array<number>(steps).fill(0);
  const down = new Array<number>(steps).fill(0);
  const stacks: number[][] = [];
  for (const one of series) {
    for (const [second, inBytes, outBytes] of one.points) {
      const i = Math.floor((second - from) / step);
      if (i < 0 || i >= steps) continue;
      up[i] = (up[i] ?? 0) + (inBytes * 8) / step;
      down[i] = (down[i] ?? 0) - (outBytes * 8) / step;
    }
    stacks.push([...up], [...down]);
  }
  // The last step has an end, too.
  times.push(from + steps * step);
  for (const stack of stacks) stack.push(stack.at(-1) ?? 0);
  // The outermost is drawn first, so that the others lie upon it.
  return [times, ...stacks.reverse()];
}

function options(
  { series, step }: Timeseries,
  lost: { begins: number[] },
  width: number,
  height: number,
  range: { current: Props["onRange"] },
  point: (step: number | undefined) => void,
): uPlot.Options {
  const muted = resolved("var(--muted)");
  const line = resolved("var(--line)");
  const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  const drawn = series.flatMap((one) => {
    const colour = resolved(series.length > 1 ? seriesOf(one.key) : "var(--accent)");
    const side = { stroke: colour, width: 1, fill: `${colour}cc`, points: { show: false }, paths: stepped };
    return [side, side];
  });
  return {
    width,
    height,
    // All charts of a page point at the same time.
    cursor: { drag: { x: Boolean(range.current), y: false, setScale: false }, y: false, points: { show: false }, sync: { key: "page" } },
    legend: { show: false },
    scales: { y: { range: (_, low, high) => [Math.min(low, -1) * 1.05, Math.max(high, 1) * 1.05] } },
    series: [{}, ...drawn.reverse()],
    axes: [
      { ...axis, grid: { show: false } },
      { ...axis, size: 78, space: 20, values: (_, ticks) => ticks.map((tick) => (tick === 0 ? "0" : rate(Math.abs(tick)))) },
    ],
    hooks: {
      draw: [(plot) => hatch(plot, lost.begins, step)],
      setCursor: [(plot) => point(plot.cursor.left !== undefined && plot.cursor.left >= 0 && plot.cursor.idx !== null ? plot.cursor.idx : undefined)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 4) return;
          range.current?.(Math.floor(plot.posToVal(left, "x")), Math.ceil(plot.posToVal(left + width, "x")));
        },
      ],
    },
  };
}

/** Lines across the steps that begin then. */
function hatch(plot: uPlot, begins: number[], step: number): void {
  if (begins.length === 0) return;
  const { ctx, bbox } = plot;
  const gap = 7 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  for (const begin of begins) {
    const [left, right] = [plot.valToPos(begin, "x", true), plot.valToPos(begin + step, "x", true)];
    ctx.rect(left, bbox.top, Math.max(right - left, 2), bbox.height);
  }
  ctx.clip();
  ctx.beginPath();
  for (let x = bbox.left - bbox.height; x < bbox.left + bbox.width; x += gap) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.strokeStyle = resolved("var(--high)");
  ctx.lineWidth = devicePixelRatio;
  ctx.stroke();
  ctx.restore();
}

/** The last values of something, without axes. */
export function Sparkline({ values, label }: { values: number[]; label: string }) {
  const most = Math.max(1, ...values);
  const x = (i: number) => (values.length > 1 ? (i * 96) / (values.length - 1) : 96);
  const points = values.map((value, i) => `${x(i).toFixed(1)},${(19 - (18 * value) / most).toFixed(1)}`).join(" ");
  return (
    <svg width="96" height="20" viewBox="0 0 96 20" role="img" aria-label={label}>
      <polyline points={points} fill="none" stroke="var(--accent)" strokeWidth="1.5" />
    </svg>
  );
}
