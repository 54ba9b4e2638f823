// What happens to the rows of the tray: one file after the other is sent; each can be paused, cancelled, gone on with after
// a reload, and answered for where it is asked whose it is.

import * as api from "../page/api.js";
import { hurry } from "../page/news.js";
import { go, to } from "../page/router.js";
import { componentOf, get } from "../page/store.js";
import { showProgress } from "../page/title.js";
import { tell } from "../words.js";
import { printOf, refuseNoise } from "./first-bytes.js";
import * as rows from "./rows.js";
import { isWorthCutting, lookedInto, measured } from "./looked-into.js";
import { begin, beginParts, carry, look, takeBack } from "./sending.js";

const LONG = 60_000;
const TRIES = 5;
const ENDED_ILL = ["failed", "cancelled", "switched-back"];
const AT_ONCE = 4;
// Refusals of an upload by its parts after which the file is sent whole.
const SEND_WHOLE = ["upload-not-whole", "parts-gone", "bad-parts"];
const ending = new Map();

// A lone file goes at once and one is shown what comes of it; several wait for the button.
export async function take(files, target) {
  const alone = files.length === 1 && rows.all().every(rows.hasEnded);
  const where = location.pathname;
  const made = files.map(({ file, libraries }) => rows.add({ name: file.name, size: file.size, file, libraries, target, state: "looking", where: alone ? where : null }));
  // A folder may hold thousands, and each that is looked at has a worker of its own.
  const left = [...made];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => { while (left.length) await examine(left.shift(), alone); }));
  next();
}

async function examine(row, alone) {
  try {
    await refuseNoise(row.file);
    rows.change(row.key, { print: await printOf(row.file) });
    await foresee(row.key, alone ? "waiting" : "ready");
  } catch (problem) {
    rows.change(row.key, { state: "refused", problem: problem instanceof api.Problem ? problem : new api.Problem(422, { detail: tell("page.tray.unreadable", { name: row.name }) }) });
  }
}

// Asks whose it would be, by what its outline says; `state` is what it gets where that is sure, or nobody can say yet.
async function foresee(key, state) {
  const row = rows.find(key);
  const outline = row.libraries ? null : row.outline || await lookedInto("outline", row.file);
  rows.change(key, { outline });
  if (outline === null) { rows.change(key, { state }); return; }
  try {
    const known = await patiently(() => api.call("POST", "artifacts/foreseen", { query: { filename: row.name, ...(row.target || {}) }, body: outline, headers: { "Content-Type": "application/octet-stream" } }));
    const sure = known.component ? { application: known.application, component: known.component } : row.target;
    const said = { version: known.version || "", target: sure, foreseen: known };
    if (known.problem) rows.change(key, { ...said, state: "asks", after: state, problem: new api.Problem(known.problem.status, known.problem) });
    else rows.change(key, { ...said, state });
  } catch (problem) {
    if (problem.code === "name-the-application") rows.change(key, { state: "asks", after: state, problem });
    else rows.change(key, { state });
  }
}

export function replaceAll() {
  for (const row of rows.all()) if (row.state === "ready") rows.change(row.key, { state: "waiting" });
  next();
}

// Asks again where nobody answers: what changes nothing may be asked twice.
async function patiently(ask) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (problem) {
      if (!problem.unknown || tries === TRIES) throw problem;
      await new Promise((done) => { setTimeout(done, 1000); });
    }
  }
}

// Somebody says whose it is, before it is sent; that it says it is another's is asked about.
export async function aim(row, target) {
  rows.change(row.key, { target, anyway: false, problem: null, state: "looking" });
  await foresee(row.key, row.after || row.state);
  next();
}

// Its component is being added: it goes there once that is there.
export function added(row, target, deployment) {
  rows.change(row.key, { state: "adding", problem: null, target });
  return work(row.key, async () => {
    for (;;) {
      const { phase, error_message: detail, error_hint: hint } = await patiently(() => api.get(`deployments/${encodeURIComponent(deployment)}`));
      if (phase === "settled") break;
      if (ENDED_ILL.includes(phase)) { rows.change(row.key, { state: "asks", problem: new api.Problem(409, { detail, hint, values: {} }) }); return; }
      await new Promise((done) => { setTimeout(done, 500); });
    }
    if (rows.find(row.key)) rows.change(row.key, { state: row.file ? row.after || "ready" : "lost", anyway: true });
  }).then(next);
}

export function aimAnyway(row, place) {
  const [application, component] = place.split("/");
  rows.change(row.key, { target: { application, component }, anyway: true, problem: null, state: row.after || "ready" });
  next();
}

async function next() {
  if (ending.size) return;
  const row = rows.all().find((one) => one.state === "waiting");
  if (!row) { showProgress(null); return; }
  await work(row.key, row.libraries ? wholly : inPieces);
  next();
}

// Does one thing with a row until it ends or is stopped.
async function work(key, does) {
  const stopping = new AbortController();
  ending.set(key, stopping);
  try {
    await does(rows.find(key), stopping.signal);
  } catch (problem) {
    if (!stopping.signal.aborted) settle(key, problem);
  } finally {
    ending.delete(key);
  }
}

const settle = (key, problem) => rows.change(key, { state: problem.unknown ? "unknown" : "refused", problem });

async function inPieces(row, signal) {
  const { key } = row;
  if (!row.upload) {
    rows.change(key, { state: "sending", problem: null, received: 0 });
    const cut = await cutUp(row, signal);
    if (signal.aborted) return;
    const start = await begun(row, cut, signal);
    if (isCancelled(key)) { await takeBack(start.upload).catch(() => {}); return; }
    rows.change(key, start);
    if (signal.aborted) return;
  }
  const [since, from] = [Date.now(), rows.find(key).received];
  const hear = (changes) => {
    rows.change(key, changes);
    const now = rows.find(key);
    if (now && now.total) showProgress(now.received / now.total);
  };
  const ended = await carry(rows.find(key), signal, hear);
  measured("sent", rows.find(key).received - from, Date.now() - since);
  if (ended.state === "refused" && rows.find(key).stretches && SEND_WHOLE.includes(ended.problem.code)) again(row, { whole: true });
  else conclude(key, ended);
}

// What the file is made of, where sending only what lacks is likely to save time; null: it is sent whole.
async function cutUp(row, signal) {
  const meant = row.target && componentOf(get(), row.target.application, row.target.component);
  if (row.whole || !row.file || !isWorthCutting(row.size, Boolean(meant && meant.release))) return null;
  rows.change(row.key, { state: "hashing", hashed: 0 });
  const since = Date.now();
  const found = await lookedInto("described", row.file, { hear: (hashed) => rows.change(row.key, { hashed }), signal });
  if (found) measured("hashed", row.size, Date.now() - since);
  return found;
}

const isCancelled = (key) => (rows.find(key) || { state: "cancelled" }).state === "cancelled";

// Where the answer to the beginning is lost nothing was sent yet: it is begun anew. The answer is waited for whatever
// happens: who cancels or pauses meanwhile has an upload at the service, which has to be taken back or gone on with.
async function begun(row, cut, signal) {
  for (;;) {
    try {
      return await (cut ? beginParts(row, cut) : begin(row));
    } catch (problem) {
      if (cut && SEND_WHOLE.includes(problem.code)) return begun(row, null, signal);
      if (signal.aborted || !problem.unknown) throw problem;
      rows.change(row.key, { state: "away" });
      await new Promise((done) => { setTimeout(done, 2000); });
      if (signal.aborted) throw problem;
    }
  }
}

function conclude(key, { state, accepted, problem, received, gone }) {
  if (state === "accepted") accept(key, accepted);
  else if (state === "refused") settle(key, problem);
  else if (state === "lost") rows.change(key, { state: "lost", received });
  else if (state === "unknown") rows.change(key, { state: "unknown", problem: problem && problem.status ? problem : null, gone });
}

function accept(key, accepted) {
  const row = rows.find(key);
  if (!row) return;
  const said = { component: accepted.component, application: accepted.application };
  if (accepted.deployment) {
    rows.change(key, { state: "done", deployment: accepted.deployment.id, problem: null, found: said });
    hurry();
    // Whoever has gone elsewhere meanwhile is left there.
    if (row.where === location.pathname) go(to.deployment(accepted.deployment.id));
  } else if (accepted.already_live === null) rows.change(key, { state: "done", text: accepted.message, found: said });
  else rows.change(key, { state: "same", release: accepted.already_live, found: said });
}

export function pause(row) {
  ending.get(row.key)?.abort();
  rows.change(row.key, { state: "paused" });
  setTimeout(next);
}

export function goOn(row) {
  rows.change(row.key, { state: row.file || !row.size ? "waiting" : "checking", problem: null });
  if (row.file) next();
  else work(row.key, inPieces);
}

// Taken back while not all of it was there; what was taken already is told as it is.
export async function cancel(row) {
  ending.get(row.key)?.abort();
  if (!row.upload) { rows.change(row.key, { state: row.libraries && row.state !== "waiting" ? "unknown" : "cancelled", problem: null }); setTimeout(next); return; }
  rows.change(row.key, { state: "checking" });
  await work(row.key, async (_, signal) => {
    const found = await look(row.upload, signal);
    if (found && ["accepted", "refused", "received"].includes(found.state)) { conclude(row.key, await carry(rows.find(row.key), signal, () => {})); return; }
    if (await stopped(row.upload)) rows.change(row.key, { state: "cancelled", problem: null });
    else conclude(row.key, await carry(rows.find(row.key), signal, () => {}));
  });
  next();
}

// Whether it was taken back; the service may not have noticed yet that nothing comes any more. What was taken stays taken.
async function stopped(upload) {
  for (let tries = 0; ; tries += 1) {
    try {
      await takeBack(upload);
      return true;
    } catch (problem) {
      if (problem.code === "upload-ended" || problem.status === 404) return false;
      if (tries > 10 || ![409, 423].includes(problem.status)) throw problem;
      await new Promise((done) => { setTimeout(done, 500); });
    }
  }
}

export const again = (row, changes) => { rows.change(row.key, { ...changes, state: "waiting", upload: null, stretches: null, received: 0, problem: null }); next(); };

// The same file, chosen again after a reload, goes on where it was. Another one is told apart by its ends.
export async function found(row, file) {
  if (file.name !== row.name || file.size !== row.size || (row.print && (await printOf(file)) !== row.print)) {
    rows.change(row.key, { other: file.name });
    return;
  }
  rows.change(row.key, { file, other: "", print: row.print || await printOf(file), state: row.upload || row.state === "lost" ? "waiting" : "ready" });
  next();
}

// Answers whose it is: the file waits at the service, and is not sent again.
export function answer(row, place, anyway = false) {
  const [application, component] = place.split("/");
  const query = { held: row.problem.values.held, application, component, ...(anyway ? { anyway: "true" } : {}) };
  rows.change(row.key, { state: "answering", target: { application, component } });
  return work(row.key, async () => accept(row.key, await api.call("POST", "artifacts", { query, deadline: LONG })));
}

// A thin jar with its libraries goes in one piece: it has no id, and what is lost of its answer stays unknown.
async function wholly(row, signal) {
  const accepted = await new Promise((resolve, reject) => {
    const request = api.opened("POST", "artifacts", { query: { filename: row.name, ...(row.target || {}), ...(row.force ? { force: "true" } : {}), ...(row.gap ? { accept_gap: "true" } : {}) } });
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => { rows.change(row.key, { state: "sending", received: loaded, total }); showProgress(loaded / total); });
    request.upload.addEventListener("load", () => rows.change(row.key, { state: "judging" }));
    request.addEventListener("error", () => reject(api.unreachable(true)));
    request.addEventListener("load", () => {
      if (request.status > 0 && request.status < 300) resolve(request.response);
      else reject(new api.Problem(request.status, request.response || {}, true));
    });
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("artifact", row.file);
    form.append("libraries", row.libraries);
    request.send(form);
  });
  accept(row.key, accepted);
}

// What was on its way when the page was left: its outcome is looked up; what is not there yet waits for its file.
export function restore() {
  for (const row of rows.restored()) {
    const state = row.upload ? (row.state === "paused" ? "paused" : "checking") : "lost";
    rows.add({ ...row, file: null, where: null, state });
    if (state === "checking") work(row.key, inPieces);
  }
}
