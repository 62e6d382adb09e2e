// When the capture lost packets, as `timeseries?by=capture` tells: there drops stand where other series have flows.
import type { Timeseries } from "./types";

export interface Lost {
  packets: number;
  /** Begins of the steps in which packets were lost, in seconds since 1970. */
  begins: number[];
}

/** What was lost in a range. */
export function lostIn(capture: Timeseries | undefined): Lost {
  const points = (capture?.series ?? []).flatMap((one) => one.points).filter(([, , , , dropped]) => dropped > 0);
  return { packets: points.reduce((sum, [, , , , dropped]) => sum + dropped, 0), begins: points.map(([begin]) => begin) };
}
