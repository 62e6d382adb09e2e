import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, answerOf, ask, invalidate, onLoginNeeded, refresh, send, watch } from "../src/lib/api";

const answers = (status: number, body: unknown) =>
  vi.stubGlobal("fetch", vi.fn(async () => new Response(status === 204 ? null : JSON.stringify(body), { status })));

const failing = async (path: string): Promise<ApiError> => {
  try {
    await ask(path);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error("it was answered");
};

describe("the API", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is asked below its path, and answers", async () => {
    answers(200, { items: [1] });
    expect(await ask("devices?limit=1")).toEqual({ items: [1] });
    expect(fetch).toHaveBeenCalledWith("/api/v1/devices?limit=1", undefined);
  });
  it("says what is wrong and where", async () => {
    answers(400, { detail: "a field is missing", column: 7 });
    expect(await failing("flows")).toMatchObject({ status: 400, message: "a field is missing", column: 7 });
  });
  it("may not be there at all", async () => {
    vi.stubGlobal("fetch", vi.fn(async () => Promise.reject(new TypeError("Failed to fetch"))));
    const error = await failing("stats");
    expect(error.status).toBe(0);
    expect(error.message).toContain("does not answer");
  });
  it("asks who is there, but not at the login itself", async () => {
    const needed = vi.fn();
    onLoginNeeded(needed);
    answers(401, { detail: "log in" });
    await failing("login");
    expect(needed).not.toHaveBeenCalled();
    await failing("devices");
    expect(needed).toHaveBeenCalledOnce();
  });
  it("gets changes as JSON, and may have nothing to say", async () => {
    answers(204, undefined);
    expect(await send("POST", "logout")).toBeUndefined();
    await send("POST", "alerts/1", { state: "muted" });
    expect(fetch).toHaveBeenLastCalledWith("/api/v1/alerts/1", { method: "POST", headers: { "content-type": "application/json" }, body: '{"state":"muted"}' });
  });
});

describe("the cache", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("asks once for what two show, and tells both", async () => {
    answers(200, { n: 1 });
    const [one, two] = [vi.fn(), vi.fn()];
    const ends = [watch("one", one), watch("one", two)];
    await Promise.all([refresh("one"), refresh("one")]);
    expect(fetch).toHaveBeenCalledOnce();
    expect([one.mock.calls.length, two.mock.calls.length]).toEqual([1, 1]);
    ends.forEach((end) => end());
    await refresh("one");
    expect(one).toHaveBeenCalledOnce();
  });
  it("keeps what there was beside an error", async () => {
    answers(200, { n: 1 });
    await refresh("kept");
    answers(503, { detail: "busy" });
    await refresh("kept");
    expect(answerOf("kept")).toMatchObject({ data: { n: 1 }, error: { status: 503, message: "busy" }, loading: false });
  });
  it("asks again if something changed while an answer was on its way", async () => {
    let n = 0;
    let answer: () => void = () => {};
    vi.stubGlobal("fetch", vi.fn(() => new Promise<Response>((done) => (answer = () => done(new Response(JSON.stringify({ n: ++n })))))));
    const end = watch("alerts/1", () => {});
    const first = refresh("alerts/1");
    invalidate("alerts");
    answer();
    await first;
    answer();
    await vi.waitFor(() => expect(answerOf("alerts/1").data).toEqual({ n: 2 }));
    end();
  });
});
