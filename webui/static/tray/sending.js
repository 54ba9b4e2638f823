// One upload from its beginning to its outcome, by the service's protocol of resumable uploads (tus 1.0.0). It is known by
// an id: after every break the service is asked by it how much is there, and what became of it. Nothing is said of an
// outcome that was not looked up.

import * as api from "../page/api.js";

const TUS = { "Tus-Resumable": "1.0.0" };
const STALLED = 15_000;
const LOOK_EVERY = 2000;
const PAUSES = [500, 1000, 2000, 4000, 8000];
const MEASURED = 5000;
const LONG = 60_000;

const encoded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const wait = (pause, signal) => new Promise((done) => {
  const timer = setTimeout(end, pause);
  function end() { clearTimeout(timer); removeEventListener("online", end); signal.removeEventListener("abort", end); done(); }
  addEventListener("online", end);
  signal.addEventListener("abort", end);
});

// Begins it by its parts, of which only those are sent that the service lacks; as `begin`.
export async function beginParts(row, { sha256, parts }) {
  const said = { filename: row.name, size: row.size, sha256, parts, ...(row.target || {}), force: row.force, anyway: row.anyway, accept_gap: row.gap };
  const begun = await api.post("uploads", said, { deadline: LONG });
  const starts = [];
  parts.reduce((at, [, length]) => { starts.push(at); return at + length; }, 0);
  const stretches = [];
  for (const number of begun.missing) {
    const [last, length] = [stretches.at(-1), parts[number][1]];
    if (last && last[0] + last[1] === starts[number]) last[1] += length;
    else stretches.push([starts[number], length]);
  }
  return { upload: begun.id, total: begun.size, stretches };
}

// Begins it: `{upload, total, stretches}`. `stretches` are the pieces of the file that are to be sent, all where null.
export async function begin(row) {
  const said = { filename: row.name, ...(row.target || {}), ...(row.force ? { force: "true" } : {}), ...(row.anyway ? { anyway: "true" } : {}), ...(row.gap ? { accept_gap: "true" } : {}) };
  const metadata = Object.entries(said).map(([name, value]) => `${name} ${encoded(value)}`).join(",");
  const response = await api.ask("POST", "tus", { headers: { ...TUS, "Upload-Length": String(row.size), "Upload-Metadata": metadata } });
  if (!response.ok) throw await api.problemOf(response, true);
  return { upload: response.headers.get("location").split("/").pop(), total: row.size, stretches: null };
}

// Goes on until the outcome is known, or `signal` ends it. `hear` gets what is to be shown. Gives `{state, ...}`:
// accepted with `accepted`, refused with `problem`, or unknown.
export async function carry(row, signal, hear) {
  const { upload } = row;
  let [breaks, judged, problem] = [0, 0, null];
  while (!signal.aborted) {
    const found = await look(upload, signal);
    if (signal.aborted) break;
    if (found === null) {
      hear({ state: "away" });
      await wait(PAUSES[Math.min(breaks, PAUSES.length - 1)], signal);
      breaks += 1;
      continue;
    }
    if (found.state === "accepted") return { state: "accepted", accepted: found.accepted };
    if (found.state === "refused") return { state: "refused", problem: new api.Problem(found.problem.status, found.problem) };
    if (found.state === "received") {
      hear({ state: "judging", received: row.total });
      await wait(LOOK_EVERY, signal);
    } else if (found.state === "unknown" && (found.size === 0 || judged > 0)) {
      return { state: "unknown", gone: found.size === 0, problem };
    } else {
      judged += found.state === "unknown" ? 1 : 0;
      if (row.file === null) return { state: "lost", received: found.received };
      problem = await send({ ...row, received: found.received }, signal, hear);
      const broke = (problem && problem.status === 0) || found.received >= row.total;
      breaks = broke ? breaks + 1 : 0;
      if (problem && !signal.aborted) await wait(PAUSES[Math.min(breaks, PAUSES.length - 1)], signal);
    }
  }
  return { state: "stopped" };
}

// What the service knows of it; null where nobody answers, or not now.
export async function look(upload, signal) {
  try {
    return await api.get(`uploads/${encodeURIComponent(upload)}`, {}, { signal });
  } catch {
    return null;
  }
}

// Takes back what was sent; throws a Problem where the service did not say that it did.
export const takeBack = (upload) => api.call("DELETE", `tus/${encodeURIComponent(upload)}`, { headers: TUS });

function bodyOf({ file, stretches, received }) {
  if (stretches === null) return file.slice(received);
  const pieces = [];
  let skipped = received;
  for (const [offset, length] of stretches) {
    const begin = Math.min(skipped, length);
    skipped -= begin;
    if (begin < length) pieces.push(file.slice(offset + begin, offset + length));
  }
  return new Blob(pieces);
}

// Sends from where the service is. Gives null where it ended well, else the problem; the caller looks up what it led to.
function send(row, signal, hear) {
  return new Promise((done) => {
    if (signal.aborted) { done(api.unreachable(true)); return; }
    const headers = { ...TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(row.received) };
    const request = api.opened("PATCH", `tus/${encodeURIComponent(row.upload)}`, { headers });
    const pace = new Pace(row.received);
    let [moved, sent, timer] = [Date.now(), false, 0];
    const end = (problem) => { clearInterval(timer); signal.removeEventListener("abort", stop); done(problem); };
    const stop = () => request.abort();
    request.upload.addEventListener("progress", ({ loaded }) => {
      moved = Date.now();
      hear({ state: "sending", received: row.received + loaded, speed: pace.at(row.received + loaded) });
    });
    request.upload.addEventListener("load", () => { sent = true; moved = Date.now(); hear({ state: "judging", received: row.total, speed: 0 }); });
    request.addEventListener("error", () => end(api.unreachable(true)));
    request.addEventListener("abort", () => end(api.unreachable(true)));
    request.addEventListener("load", () => end(request.status < 300 ? null : new api.Problem(request.status, api.documentOf(request), true)));
    // A line that stalls breaks nothing: it is given up. A held answer is not waited for: the outcome is asked for beside it.
    timer = setInterval(async () => {
      if (!sent) { if (Date.now() - moved > STALLED) stop(); return; }
      const found = await look(row.upload, signal);
      if (Date.now() - moved > LONG || (found && ["accepted", "refused"].includes(found.state))) stop();
    }, LOOK_EVERY);
    signal.addEventListener("abort", stop);
    hear({ state: "sending", received: row.received, speed: 0 });
    request.send(bodyOf(row));
  });
}

// Bytes a second, over the last seconds.
class Pace {
  constructor(received) {
    this.seen = [[Date.now(), received]];
  }

  at(received) {
    const now = Date.now();
    this.seen.push([now, received]);
    while (this.seen.length > 2 && now - this.seen[0][0] > MEASURED) this.seen.shift();
    const [[then, before]] = this.seen;
    return now > then ? ((received - before) / (now - then)) * 1000 : 0;
  }
}
