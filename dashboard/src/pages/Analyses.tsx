import { type DragEvent, useRef, useState } from "react";
import { Empty, Failed, Skeleton } from "../parts/Note";
import { Time } from "../parts/Time";
import { ApiError, invalidate, send, useApi } from "../lib/api";
import { bytes, count, plural } from "../lib/format";
import { useMay } from "../lib/session";
import type { Analysis, Problem } from "../lib/types";

interface All {
  items: Analysis[];
  most_bytes: number;
  most: number;
}

interface Sent {
  name: string;
  /** From 0 to 1. */
  part: number;
}

/** A capture that somebody has is looked at as the network is. */
export default function Analyses() {
  const [asked, setAsked] = useState(0);
  const all = useApi<All>("analyses", asked);
  const mayChange = useMay("operator");
  const [sent, setSent] = useState<Sent>();
  const [error, setError] = useState<string>();
  const waits = all.data?.items.some((one) => one.state === "queued" || one.state === "running") ?? false;
  // Asked again for as long as something happens.
  if ((asked === 1) !== waits) setAsked(waits ? 1 : 0);

  const hand = async (file: File | undefined) => {
    if (!file || sent) return;
    const most = all.data?.most_bytes;
    if (most !== undefined && file.size > most) {
      setError(`${file.name} has ${bytes(file.size)}; at most ${bytes(most)} are taken (api.upload in the configuration). editcap -c cuts a capture into pieces.`);
      return;
    }
    setError(undefined);
    setSent({ name: file.name, part: 0 });
    try {
      await upload(file, (part) => setSent({ name: file.name, part }));
    } catch (failure) {
      setError(failure instanceof ApiError ? failure.message : String(failure));
    } finally {
      setSent(undefined);
      invalidate("analyses");
    }
  };

  return (
    <>
      <section className="lead">
        <h1>Analyse a capture</h1>
        <p className="muted">
          What is in a pcap or pcapng file (also compressed with gzip or zstd) is shown with the same pages, while the network is watched on.
          {all.data && ` The ${count(all.data.most)} latest are kept.`}
        </p>
      </section>
      {error && <Failed what="The capture was not taken." error={error} />}
      {mayChange ? <Drop sent={sent} onFile={(file) => void hand(file)} /> : all.data && <Empty title="Your role looks, and hands nothing in.">An operator may.</Empty>}
      <section>
        <h2>Captures</h2>
        {all.data ? (
          all.data.items.length > 0 ? (
            <ul className="captures">
              {all.data.items.map((one) => (
                <One key={one.id} one={one} mayChange={mayChange} onError={setError} />
              ))}
            </ul>
          ) : (
            <Empty title="None yet.">{mayChange ? "Choose a file above, or drop one there." : undefined}</Empty>
          )
        ) : all.error ? (
          <Failed what="Captures cannot be handed in here." error={all.error} />
        ) : (
          <Skeleton lines={3} />
        )}
      </section>
    </>
  );
}

function Drop({ sent, onFile }: { sent: Sent | undefined; onFile: (file: File | undefined) => void }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFile(event.dataTransfer.files[0]);
  };
  return (
    <section
      className={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {sent ? (
        <>
          <span>
            {sent.part < 1 ? `${sent.name} is on its way: ${Math.floor(sent.part * 100)} %` : `${sent.name} is written to disk`}
          </span>
          <progress value={sent.part} aria-label="Upload" />
        </>
      ) : (
        <>
          <button onClick={() => input.current?.click()}>Choose a file</button>
          <span className="muted">or drop it here</span>
        </>
      )}
      <input
        ref={input}
        type="file"
        aria-label="Capture file"
        accept=".pcap,.pcapng,.cap,.gz,.zst"
        hidden
        onChange={(event) => {
          onFile(event.target.files?.[0]);
          event.target.value = "";
        }}
      />
    </section>
  );
}

function One({ one, mayChange, onError }: { one: Analysis; mayChange: boolean; onError: (text: string) => void }) {
  const remove = () =>
    send("DELETE", `analyses/${one.id}`)
      .catch((error: unknown) => onError(error instanceof Error ? error.message : String(error)))
      .finally(() => invalidate("analyses"));
  return (
    <li className="row">
      <div className="stack">
        <strong className="cut">{one.state === "done" ? <a href={`/analyses/${one.id}/`}>{one.name}</a> : one.name}</strong>
        <span className="muted">
          {bytes(one.bytes)}
          {one.packets > 0 && `, ${plural(one.packets, "packet")}`}
          {one.state === "done" && `, ${plural(one.flows, "flow")}`}
          {one.finished && (
            <>
              , <Time at={one.finished} />
            </>
          )}
        </span>
        {one.error && <span role="alert">{one.state === "failed" ? one.error : `Only up to where it is damaged: ${one.error}`}</span>}
        {one.state === "queued" && <span>It waits for the one before.</span>}
        {one.state === "running" && <progress value={one.progress} aria-label={`Analysis of ${one.name}`} />}
      </div>
      {mayChange && (
        <button onClick={() => void remove()} aria-label={`Delete ${one.name}`}>
          Delete
        </button>
      )}
    </li>
  );
}

/** Sends a file; fetch does not tell how far it is. */
function upload(file: File, progress: (part: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/analyses?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => {
      if (request.status < 300) {
        resolve();
        return;
      }
      let problem: Partial<Problem> = {};
      try {
        problem = JSON.parse(request.responseText) as Partial<Problem>;
      } catch {
        // A proxy may answer in its own way.
      }
      reject(new ApiError(request.status, problem.detail ?? request.statusText));
    };
    request.onerror = () => reject(new ApiError(0, "The instance does not answer, or took no more of it."));
    request.send(file);
  });
}
