import { type FormEvent, useState } from "react";
import { ApiError, send } from "../lib/api";

/** Who is there? */
export default function Login() {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const login = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await send("POST", "login", { name: data.get("name"), password: data.get("password") });
      window.location.reload();
    } catch (reason) {
      setError(reason instanceof ApiError ? reason.message : String(reason));
      setBusy(false);
    }
  };
  return (
    <main>
      <form className="login" onSubmit={(event) => void login(event)}>
        <h1>netmonsec</h1>
        <label>
          Name
          <input name="name" autoComplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button className="primary" disabled={busy}>
          Log in
        </button>
        {error && <p role="alert">{error}</p>}
        <p className="caption">Users are added on the machine: netmonsec user add NAME</p>
      </form>
    </main>
  );
}
