import { useEffect, useState } from "react";
import { nameOf, useDevices } from "../lib/devices";
import { bytes } from "../lib/format";
import { Icon, iconOf } from "./Icon";
import { Time } from "./Time";

interface Shown {
  id: string;
  x: number;
  y: number;
  /** Where there is no room below, it is above. */
  above: boolean;
}

/** Milliseconds that one points at a device before its card comes. */
const DELAY_MS = 350;
/** Addresses that are named; the page of the device has all. */
const ADDRESSES = 4;
const ROOM = 220;
const WIDTH = 340;

/** What is known of the device that somebody points at, or has come to by keys. One for the whole page; Escape closes it. */
export function DeviceCard() {
  const { byId } = useDevices();
  const [shown, setShown] = useState<Shown>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hide = () => {
      clearTimeout(timer);
      setShown(undefined);
    };
    const look = (event: Event) => {
      const target = event.target instanceof Element ? event.target : undefined;
      // Whoever points at the card wants to read or copy it.
      if (target?.closest(".about-device")) return clearTimeout(timer);
      const chip = target?.closest<HTMLElement>("[data-device]");
      const id = chip?.dataset.device;
      if (!chip || !id) return hide();
      clearTimeout(timer);
      timer = setTimeout(() => {
        const place = chip.getBoundingClientRect();
        const above = place.bottom + ROOM > window.innerHeight;
        setShown({ id, x: Math.max(8, Math.min(place.left, window.innerWidth - WIDTH - 8)), y: above ? window.innerHeight - place.top + 4 : place.bottom + 4, above });
      }, DELAY_MS);
    };
    const key = (event: KeyboardEvent) => event.key === "Escape" && hide();
    const events = [["mouseover", look], ["focusin", look], ["focusout", hide], ["click", hide], ["scroll", hide], ["keydown", key]] as const;
    events.forEach(([name, call]) => document.addEventListener(name, call as EventListener, { capture: true, passive: true }));
    return () => {
      clearTimeout(timer);
      events.forEach(([name, call]) => document.removeEventListener(name, call as EventListener, { capture: true }));
    };
  }, []);
  const row = shown && byId.get(shown.id);
  if (!shown || !row) return null;
  const addresses = [...row.ips, ...row.macs];
  return (
    <div className="about-device" role="tooltip" style={{ left: shown.x, [shown.above ? "bottom" : "top"]: shown.y }}>
      <div className="row">
        <Icon name={iconOf(row.type)} />
        <strong>{nameOf(row)}</strong>
        <span className={`dot ${row.online ? "live" : ""}`}>{row.online ? "online" : <Time at={row.last_seen} />}</span>
      </div>
      <dl className="facts">
        <dt>what</dt>
        <dd>{[row.model ?? row.type ?? "unknown", row.vendor].filter(Boolean).join(", ")}</dd>
        <dt>system</dt>
        <dd>{row.os ? `${row.os.name}, ${Math.round(row.os.confidence * 100)} % sure` : "unknown"}</dd>
        <dt>addresses</dt>
        <dd className="mono">
          {addresses.slice(0, ADDRESSES).join(", ")}
          {addresses.length > ADDRESSES && ` and ${addresses.length - ADDRESSES} more`}
        </dd>
        <dt>internet</dt>
        <dd>
          {bytes(row.internet.in_bytes)} in, {bytes(row.internet.out_bytes)} out
        </dd>
        {row.risk_score > 0 && (
          <>
            <dt>risk</dt>
            <dd>{row.risk_score}</dd>
          </>
        )}
      </dl>
    </div>
  );
}
