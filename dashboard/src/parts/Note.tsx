import type { ReactNode } from "react";
import type { ApiError } from "../lib/api";

/** There is nothing: what would fill it, and how. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="note">
      <strong>{title}</strong>
      {children && <span>{children}</span>}
    </div>
  );
}

/** Something failed; it is tried again by itself. */
export function Failed({ what, error }: { what: string; error: ApiError | Error | string }) {
  const text = typeof error === "string" ? error : error.message;
  return (
    <div className="note error" role="alert">
      <strong>{what}</strong>
      <span>{text}</span>
      <span className="caption">The rest of the page still works. This is tried again every few seconds.</span>
    </div>
  );
}

/** The place of what is on its way. */
export function Skeleton({ lines = 4 }: { lines?: number }) {
  return (
    <div className="stack" aria-busy="true" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <div key={i} className="skeleton" style={{ width: `${96 - ((i * 17) % 40)}%` }} />
      ))}
    </div>
  );
}
