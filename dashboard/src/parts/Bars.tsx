import type { ReactNode } from "react";
import { share } from "../lib/format";

export interface Bar {
  key: string;
  label: ReactNode;
  value: number;
  text: string;
  colour: string;
}

// Behind it there is nothing to compare.
const LEAST = 0.001;

const part = (value: number, sum: number): string => (value > 0 && value < LEAST * sum ? `< ${share(LEAST, 1)}` : share(value, sum));

/** A ranked list: each one's part of all, as length and as a number. */
export function Bars({ bars, all }: { bars: Bar[]; all?: number }) {
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  const sum = all ?? bars.reduce((sum, bar) => sum + bar.value, 0);
  return (
    <div className="bars">
      {bars.map((bar) => (
        <div className="bar-row" key={bar.key}>
          <span className="cut">{bar.label}</span>
          <span>
            {bar.text} <span className="caption">{part(bar.value, sum)}</span>
          </span>
          <div className="track">
            <div style={{ width: `${(100 * bar.value) / most}%`, background: bar.colour }} />
          </div>
        </div>
      ))}
    </div>
  );
}
