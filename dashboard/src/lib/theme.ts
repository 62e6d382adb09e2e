import { useSyncExternalStore } from "react";

export type Theme = "dark" | "light";

const watchers = new Set<() => void>();
const now = (): Theme => (document.documentElement.dataset.theme === "light" ? "light" : "dark");

function set(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // It lasts as long as the page, then.
  }
  watchers.forEach((watcher) => watcher());
}

/** Dark or light, and how to change it. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(
    (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    now,
  );
  return [theme, set];
}
