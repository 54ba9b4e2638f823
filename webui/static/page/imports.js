// Bundles on their way from this browser to the site, part by part: what the site has is never sent again, so a broken
// import goes on where it was, also when the same file is chosen again after a reload.

import { useEffect, useState } from "../vendor/preact.js";
import { tell } from "../words.js";
import * as api from "./api.js";
import { headOf, sections, whole } from "./bundle-file.js";
import { hurry } from "./news.js";

const PAUSE = 1500;
const DEADLINE = 60_000;
let imports = [];
let number = 0;
const listeners = new Set();

function change(id, changes) {
  imports = imports.map((one) => (one.id === id ? { ...one, ...changes } : one));
  for (const each of [...listeners]) each(imports);
}

const find = (id) => imports.find((one) => one.id === id);
const active = (one) => Boolean(one) && ["reading", "sending", "away"].includes(one.state);

export function useImports() {
  const [shown, setShown] = useState(imports);
  useEffect(() => { listeners.add(setShown); return () => listeners.delete(setShown); }, []);
  return shown;
}

export function forget(id) {
  const one = find(id);
  if (one && one.ending) one.ending();
  imports = imports.filter((other) => other.id !== id);
  for (const each of [...listeners]) each(imports);
}

// `seen` says what has to come, before anything is sent; `send` begins.
export async function look(files) {
  number += 1;
  const id = number;
  const { name, content } = whole(files);
  imports = [...imports, { id, name, content, state: "reading", done: 0, size: 0, missing: [], title: "", signed: "", problem: null, deployment: null }];
  change(id, {});
  await attempt(id, async () => {
    const head = await headOf(content);
    if (!head) { change(id, { state: "refused", problem: { message: tell("page.bundle.none", { name }), hint: "" } }); return; }
    const wanted = await begin(head, false);
    change(id, { head, state: "seen", ...known(wanted) });
  });
}

const known = (wanted) => ({ title: wanted.title, size: wanted.size, missing: wanted.missing, signed: wanted.signed, platforms: wanted.platforms });

function begin(head, pin) {
  const query = { pin: String(pin), signature: head.signatures["SHA256SUMS.sig"], key: head.signatures["SHA256SUMS.pem"] };
  return api.post("bundles", head.document, { query, deadline: DEADLINE, headers: { "Content-Type": "application/json" } });
}

// Refused is refused; where no answer came it is tried again until it is given up.
async function attempt(id, act) {
  for (;;) {
    try { return await act(); } catch (problem) {
      if (!find(id) || find(id).state === "paused") return undefined;
      if (problem.status !== 0 && problem.status < 502) { change(id, { state: "refused", problem }); return undefined; }
      change(id, { state: "away" });
      await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
      if (!active(find(id))) return undefined;
    }
  }
}

export const pause = (id) => { const one = find(id); change(id, { state: "paused" }); if (one.ending) one.ending(); };

export async function send(id) {
  change(id, { state: "sending", problem: null });
  await attempt(id, async () => {
    const one = find(id);
    const wanted = await begin(one.head, true);
    const lacking = new Set(wanted.missing.map((blob) => blob.digest));
    const total = one.total || wanted.size;
    change(id, { ...known(wanted), total, done: total - wanted.size, state: "sending" });
    for await (const section of sections(one.content)) {
      const digest = `sha256:${section.name.replace("blobs/sha256/", "")}`;
      if (!lacking.delete(digest)) continue;
      if (find(id)?.state !== "sending") return;
      await put(id, wanted.id, digest, one.content.slice(section.offset, section.offset + section.size));
    }
    if (lacking.size) { change(id, { state: "refused", problem: { message: tell("page.bundle.cut", { count: lacking.size }), hint: "" } }); return; }
    const accepted = await api.post(`bundles/${encodeURIComponent(wanted.id)}/finish`, {}, { deadline: DEADLINE });
    change(id, { state: "sent", deployment: accepted.deployment, content: null });
    hurry();
  });
}

function put(id, wanted, digest, blob) {
  return new Promise((resolve, reject) => {
    const path = `bundles/${encodeURIComponent(wanted)}/blobs/${encodeURIComponent(digest)}`;
    const request = api.opened("PUT", path, { headers: { "Content-Type": "application/octet-stream" } });
    const before = find(id).done;
    let heard = Date.now();
    const silent = setInterval(() => { if (Date.now() - heard > DEADLINE) request.abort(); }, 1000);
    request.upload.onprogress = ({ loaded }) => { heard = Date.now(); change(id, { done: before + loaded }); };
    request.onloadend = () => {
      clearInterval(silent);
      change(id, { ending: null });
      if (request.status === 204) { change(id, { done: before + blob.size }); resolve(); return; }
      change(id, { done: before });
      reject(request.status ? new api.Problem(request.status, api.documentOf(request)) : api.unreachable());
    };
    change(id, { ending: () => request.abort() });
    request.send(blob);
  });
}

addEventListener("beforeunload", (event) => { if (imports.some((one) => one.state === "sending")) event.preventDefault(); });
