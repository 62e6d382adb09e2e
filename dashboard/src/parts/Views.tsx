import { type FormEvent, useState } from "react";
import { go, usePlace } from "../lib/route";
import { type SavedView, removeView, saveView, viewsOf } from "../lib/views";
import { Link } from "./Link";

/** What a view leaves open: the time, which is chosen for all pages, and what is looked at beside the list. */
const NOT_OF_VIEW = ["range", "from", "to", "alert"];

/** Views of this page that have a name, and a field to give this one a name. */
export function Views({ page }: { page: string }) {
  const { path, params } = usePlace();
  const [views, setViews] = useState<SavedView[]>(() => viewsOf(page));
  const [name, setName] = useState<string>();
  const query = new URLSearchParams([...params].filter(([key]) => !NOT_OF_VIEW.includes(key))).toString();
  const save = (event: FormEvent) => {
    event.preventDefault();
    setViews(saveView(page, name ?? "", query));
    setName(undefined);
  };
  if (views.length === 0 && !query && name === undefined) return null;
  return (
    <nav className="views row" aria-label="Saved views">
      {views.map((view) => (
        <span key={view.name} className="view">
          <Link to={`${path}?${view.query}`} current={view.query === query}>
            {view.name}
          </Link>
          <button
            className="plain"
            aria-label={`Forget ${view.name}`}
            onClick={() => {
              setViews(removeView(page, view.name));
              if (view.query === query) go(path);
            }}
          >
            ✕
          </button>
        </span>
      ))}
      {name === undefined ? (
        query && !views.some((view) => view.query === query) && (
          <button className="plain" onClick={() => setName("")}>
            Save this view
          </button>
        )
      ) : (
        <form className="row" onSubmit={save}>
          <input autoFocus maxLength={60} aria-label="Name of the view" value={name} onChange={(event) => setName(event.target.value)} onKeyDown={(event) => event.key === "Escape" && setName(undefined)} />
          <button disabled={!name.trim()}>Save</button>
        </form>
      )}
    </nav>
  );
}
