import type { ReactNode } from "react";
import { share } from "../lib/format";

export interface Bar {
  key: string;
  label: ReactNode;
  value: number;
  text: string;
  colour: string;
}

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
            {bar.text} <span className="caption">{share(bar.value, sum)}</span>
          </span>
          <div className="track">
            <div style={{ width: `${(100 * bar.value) / most}%`, background: bar.colour }} />
          </div>
        </div>
      ))}
    </div>
  );
}
