// A capture that somebody handed in is looked at with the same pages, below an address of its own.

/** The analysis that is looked at instead of the network; the address names it. */
export const CAPTURE = /^\/analyses\/([^/]+)/.exec(globalThis.location?.pathname ?? "")?.[1];

/** What stands before the paths of all pages. */
export const ROOT = CAPTURE ? `/analyses/${CAPTURE}` : "";

/** What is asked of the instance itself, whatever is looked at. */
const OWN = /^(session|login|logout|password|users|tokens|audit|analyses|health|version)\b/;

/** Where the API answers. */
export const baseOf = (path: string): string =>
  CAPTURE && !OWN.test(path) ? `/api/v1/analyses/${CAPTURE}/` : "/api/v1/";
