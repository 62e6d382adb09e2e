import type { MouseEvent, ReactNode } from "react";
import { ROOT } from "../lib/capture";
import { go } from "../lib/route";

interface Props {
  to: string;
  children: ReactNode;
  className?: string;
  current?: boolean;
  title?: string;
  /** The device that it is about, of which a card tells more. */
  device?: string;
}

/** A link that stays in the page, but opens elsewhere for whoever wants that. */
export function Link({ to, children, className, current, title, device }: Props) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    go(to);
  };
  return (
    <a href={ROOT + to} onClick={follow} className={className} title={title} data-device={device} aria-current={current ? "page" : undefined}>
      {children}
    </a>
  );
}
