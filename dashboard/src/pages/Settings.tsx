import { type FormEvent, useState } from "react";
import { Failed, Skeleton } from "../parts/Note";
import { Time } from "../parts/Time";
import { ApiError, ask, invalidate, send, useApi } from "../lib/api";
import { plural } from "../lib/format";
import { useMay, useWho } from "../lib/session";

interface Config {
  source: string;
  values: Record<string, unknown>;
}
interface Listed<T> {
  items: T[];
}
interface User {
  name: string;
  role: string;
  created: string;
  sessions: number;
}
interface Token {
  name: string;
  role: string;
  created: string;
  expires?: string;
  used?: string;
}
interface Entry {
  time: string;
  action: string;
  actor: string;
  from?: string;
  subject: string;
  detail?: string;
}

const ROLES = ["viewer", "operator", "admin"];

/** How it is set up, and who may look. */
export default function Settings() {
  const config = useApi<Config>("config");
  const who = useWho();
  const manages = useMay("admin") && who !== undefined;
  return (
    <>
      <section className="lead">
        <h1>{who?.via === "session" ? `You are ${who.name}, ${who.role}.` : "Whoever is on this machine may look."}</h1>
        <p className="muted">The configuration is a file; docs/configuration.md explains every key. SIGHUP reads it again.</p>
        {who?.via === "session" && (
          <div>
            <button onClick={() => void send("POST", "logout").finally(() => window.location.reload())}>Log out</button>
          </div>
        )}
      </section>
      {manages && <Users />}
      {manages && <Tokens />}
      {manages && <Audit />}
      <section>
        <h2>Configuration in effect {config.data && <span className="muted">from {config.data.source}</span>}</h2>
        {config.data ? <Values values={config.data.values} /> : config.error ? <Failed what="It cannot be shown." error={config.error} /> : <Skeleton lines={12} />}
      </section>
      <section>
        <h2>For programs</h2>
        <p>
          <a href="/api/v1/reference">Reference of the API</a>, <a href="/api/v1/openapi.json">OpenAPI document</a>, <a href="/metrics">metrics for Prometheus</a>
        </p>
      </section>
    </>
  );
}

function Values({ values }: { values: Record<string, unknown> }) {
  return (
    <div className="masonry">
      {Object.entries(values).map(([section, keys]) => (
        <section key={section}>
          <h2 className="mono">[{section}]</h2>
          <pre>{typeof keys === "object" && keys !== null ? lines(keys as Record<string, unknown>) : JSON.stringify(keys)}</pre>
        </section>
      ))}
    </div>
  );
}

/** Keys and values as the file has them. */
function lines(keys: Record<string, unknown>, prefix = ""): string {
  const text = Object.entries(keys).map(([key, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? lines(value as Record<string, unknown>, `${prefix}${key}.`)
      : `${prefix}${key} = ${JSON.stringify(value)}`,
  );
  return text.join("\n");
}

/** Runs a change, and says what went wrong. */
function useChange(prefix: string): [string, (change: () => Promise<unknown>) => Promise<boolean>] {
  const [error, setError] = useState("");
  const run = async (change: () => Promise<unknown>) => {
    try {
      await change();
      setError("");
      invalidate(prefix);
      invalidate("audit");
      return true;
    } catch (reason) {
      setError(reason instanceof ApiError ? reason.message : String(reason));
      return false;
    }
  };
  return [error, run];
}

function Users() {
  const users = useApi<Listed<User>>("users");
  const [error, run] = useChange("users");
  const add = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const user = { name: data.get("name"), password: data.get("password"), role: data.get("role") };
    if (await run(() => send("POST", "users", user))) form.reset();
  };
  if (users.error) return <Kept what="Users" error={users.error} />;
  return (
    <section className="stack">
      <h2>Users</h2>
      {users.data?.items.length === 0 && <p className="muted">None. Others than this machine cannot look before there is one.</p>}
      {users.data?.items.map((user) => (
        <div className="row" key={user.name}>
          <strong>{user.name}</strong>
          <select aria-label={`Role of ${user.name}`} value={user.role} onChange={(event) => void run(() => send("PUT", `users/${encodeURIComponent(user.name)}`, { role: event.target.value }))}>
            {ROLES.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
          <span className="caption">
            {plural(user.sessions, "session")}, added <Time at={user.created} />
          </span>
          <button onClick={() => window.confirm(`Remove ${user.name}? All sessions of the user end.`) && void run(() => send("DELETE", `users/${encodeURIComponent(user.name)}`))}>Remove</button>
        </div>
      ))}
      <form className="row" onSubmit={(event) => void add(event)}>
        <input name="name" aria-label="Name" placeholder="name" required />
        <input name="password" type="password" aria-label="Password" placeholder="password, at least 10 characters" minLength={10} autoComplete="new-password" required />
        <select name="role" aria-label="Role">
          {ROLES.map((role) => (
            <option key={role}>{role}</option>
          ))}
        </select>
        <button>Add user</button>
      </form>
      {error && <p role="alert">{error}</p>}
    </section>
  );
}

function Tokens() {
  const tokens = useApi<Listed<Token>>("tokens");
  const [error, run] = useChange("tokens");
  const [made, setMade] = useState("");
  const add = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const days = Number(data.get("days"));
    const body = { name: data.get("name"), role: data.get("role"), expires_s: days > 0 ? days * 86_400 : undefined };
    const done = await run(async () => {
      const token = await ask<{ token: string }>("tokens", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      setMade(token.token);
    });
    if (done) form.reset();
  };
  if (tokens.error) return null;
  return (
    <section className="stack">
      <h2>Tokens for programs</h2>
      {tokens.data?.items.map((token) => (
        <div className="row" key={token.name}>
          <strong>{token.name}</strong> <span>{token.role}</span>
          <span className="caption">
            {token.used ? <>used <Time at={token.used} /></> : "never used"}
            {token.expires && <>, until <Time at={token.expires} /></>}
          </span>
          <button onClick={() => window.confirm(`Remove ${token.name}? It is refused at once.`) && void run(() => send("DELETE", `tokens/${encodeURIComponent(token.name)}`))}>Remove</button>
        </div>
      ))}
      <form className="row" onSubmit={(event) => void add(event)}>
        <input name="name" aria-label="Name of the token" placeholder="grafana" required />
        <select name="role" aria-label="Role of the token">
          {ROLES.map((role) => (
            <option key={role}>{role}</option>
          ))}
        </select>
        <input name="days" type="number" min={0} aria-label="Days that it is valid" placeholder="days, or for good" />
        <button>Make token</button>
      </form>
      {made && (
        <p>
          Copy it now, it is shown this once: <code className="mono">{made}</code>
        </p>
      )}
      {error && <p role="alert">{error}</p>}
    </section>
  );
}

function Audit() {
  const audit = useApi<Listed<Entry>>("audit?limit=20");
  if (!audit.data || audit.data.items.length === 0) return null;
  return (
    <section>
      <h2>Latest changes</h2>
      <dl className="facts">
        {audit.data.items.map((entry, i) => (
          <div key={`${entry.time} ${i}`} style={{ display: "contents" }}>
            <dt>
              <Time at={entry.time} />
            </dt>
            <dd>
              {entry.actor}
              {entry.from && <span className="muted"> from {entry.from}</span>}: {entry.action.replaceAll("-", " ")} {entry.subject} <span className="muted">{entry.detail}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Kept({ what, error }: { what: string; error: ApiError }) {
  return (
    <section>
      <h2>{what}</h2>
      <p className="muted">{error.message}</p>
    </section>
  );
}
