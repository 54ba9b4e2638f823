// What a worker finds in a file, and whether it is worth the time to cut a file into parts.

const LEAST = 1 << 20;
// Bytes a second, until this browser has measured its own: a line of 100 Mbit/s, and an old laptop.
const USUAL = { sent: 12_500_000, hashed: 40_000_000 };
const [TRIES, AGAIN_AFTER] = [4, 500];
const KEPT = "buildsvc-pace";
// How much of a jar its service usually has already: of the next version of one, and of a first one.
const [NEXT, FIRST] = [0.9, 0.3];

// What the worker found; null where it could not look. `hear` gets the bytes so far; `signal` ends it. A worker whose
// files did not arrive (the network changed in that moment) is begun again.
export async function lookedInto(kind, file, { hear = () => {}, signal = null } = {}) {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { found, came } = await asked({ kind, file, hear, signal });
    if (came || (signal && signal.aborted)) return found;
    await new Promise((done) => { setTimeout(done, AGAIN_AFTER); });
  }
  return null;
}

function asked({ kind, file, hear, signal }) {
  return new Promise((done) => {
    let worker = null;
    const end = (found, came) => { if (worker) worker.terminate(); if (signal) signal.removeEventListener("abort", stop); done({ found, came }); };
    const stop = () => end(null, true);
    try {
      worker = new Worker(new URL("./file-worker.js", import.meta.url), { type: "module" });
    } catch { end(null, true); return; }
    if (signal) signal.addEventListener("abort", stop);
    worker.addEventListener("error", () => end(null, false));
    worker.addEventListener("message", ({ data }) => {
      if (data.kind === "progress") hear(data.done);
      else end(data.kind === "found" ? data.found : null, true);
    });
    worker.postMessage({ kind, file });
  });
}

// Whether sending only what lacks is likely to save more time than finding out takes.
export function isWorthCutting(size, hasFormer, paces = kept()) {
  return size >= LEAST && size / paces.hashed < ((hasFormer ? NEXT : FIRST) * size) / paces.sent;
}

export function kept() {
  try { return { ...USUAL, ...JSON.parse(localStorage.getItem(KEPT) || "{}") }; } catch { return USUAL; }
}

// Remembers how fast this browser sends or hashes; a short moment says nothing.
export function measured(name, bytes, milliseconds) {
  if (bytes < LEAST || milliseconds <= 0) return;
  try { localStorage.setItem(KEPT, JSON.stringify({ ...kept(), [name]: (bytes / milliseconds) * 1000 })); } catch { /* it is measured again */ }
}
