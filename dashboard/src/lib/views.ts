// Views that somebody gave a name: the part of the address behind the page, remembered by this browser.

export interface SavedView {
  name: string;
  /** `filter=protocol+%3D+tls&sort=-start` */
  query: string;
}

const MOST = 20;
const MOST_NAME = 60;
const keyOf = (page: string): string => `views ${page}`;

/** Views of a page, in the order in which they were saved. */
export function viewsOf(page: string): SavedView[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(page)) ?? "[]");
    if (!Array.isArray(kept)) return [];
    const is = (one: unknown): one is SavedView => typeof (one as SavedView | null)?.name === "string" && typeof (one as SavedView).query === "string";
    return kept.filter(is).slice(0, MOST);
  } catch {
    // A browser may forbid storage, or somebody wrote there.
    return [];
  }
}

function keep(page: string, views: SavedView[]): SavedView[] {
  try {
    localStorage.setItem(keyOf(page), JSON.stringify(views));
  } catch {
    // It holds until the page is left.
  }
  return views;
}

/** With another one; of the same name there is one, and the oldest go when there are too many. */
export function saveView(page: string, name: string, query: string): SavedView[] {
  const called = name.trim().slice(0, MOST_NAME);
  const others = viewsOf(page).filter((view) => view.name !== called);
  return keep(page, called ? [...others, { name: called, query }].slice(-MOST) : others);
}

/** Without one. */
export const removeView = (page: string, name: string): SavedView[] =>
  keep(
    page,
    viewsOf(page).filter((view) => view.name !== name),
  );
