// Who looks, and what they may do.
import { useApi } from "./api";
import { CAPTURE } from "./capture";
import type { Who } from "./types";

const RANK: Record<string, number> = { viewer: 0, operator: 1, admin: 2 };

/** Who looks; nobody before the login. */
export const useWho = (): Who | undefined => useApi<Who>("session").data;

/** Whether whoever looks may do what needs that role. */
export function useMay(role: "viewer" | "operator" | "admin"): boolean {
  const who = useWho();
  // A capture that is over is only looked at.
  return !CAPTURE && who !== undefined && (RANK[who.role] ?? -1) >= (RANK[role] ?? 0);
}
