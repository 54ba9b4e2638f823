// Sending jars, until the tray does: chosen or dropped files go one after the other, and what became of each stands at
// the bottom of the page, whatever view is open.

import { html, useEffect, useState } from "../vendor/preact.js";
import { tell } from "../words.js";
import * as api from "./api.js";
import { hurry } from "./news.js";
import { go, to } from "./router.js";
import { get } from "./store.js";
import { showProgress } from "./title.js";

const listeners = new Set();
let sendings = [];
let number = 0;
let aim = null;

function keep(next) {
  sendings = next;
  for (const each of listeners) each(sendings);
}

const change = (id, changes) => keep(sendings.map((one) => (one.id === id ? { ...one, ...changes } : one)));
const drop = (id) => keep(sendings.filter((one) => one.id !== id));

const isJar = (file) => /\.jar$/i.test(file.name);
const isPacked = (file) => /\.(zip|tar|tgz|tar\.gz)$/i.test(file.name);

export function chooseFiles(target) {
  aim = target;
  document.getElementById("file").click();
}

// A thin jar and a zip of its libraries, taken together, are one push; all others are pushes of their own.
export function pushFiles(files, target) {
  const [jar, libraries] = [files.find(isJar), files.find(isPacked)];
  const pairs = files.length === 2 && jar && libraries ? [[jar, libraries]] : files.map((file) => [file, null]);
  for (const [file, more] of pairs) {
    number += 1;
    keep([...sendings, { id: number, file, libraries: more, target, state: "waiting", share: 0 }]);
  }
  next();
}

async function next() {
  if (sendings.some((one) => one.state === "sending")) return;
  const one = sendings.find((each) => each.state === "waiting");
  if (!one) { showProgress(null); return; }
  await send(one, false);
  next();
}

// The first bytes decide before anything is sent: a zip, a script or program before one, or a compressed file.
const BEGINNINGS = ["504b", "2321", "4d5a", "7f454c46", "1f8b", "425a", "fd377a58"];
async function refuseNoise(file) {
  const start = [...new Uint8Array(await file.slice(0, 4).arrayBuffer())].map((one) => one.toString(16).padStart(2, "0"));
  if (/\.tar$/i.test(file.name) || BEGINNINGS.some((one) => start.join("").startsWith(one))) return;
  throw new api.Problem(422, { detail: tell("page.tray.no-archive", { name: file.name, start: start.join(" ") }), hint: tell("page.tray.no-archive-hint") });
}

const send = (one, force) => take(one, async () => { await refuseNoise(one.file); return transfer(one, force); });

// Answers whose it is: the file waits at the service, and is not sent again.
export function answer(one, place, anyway = false) {
  const [application, component] = place.split("/");
  const query = { held: one.problem.values.held, application, component, ...(anyway ? { anyway: "true" } : {}) };
  return take(one, () => api.call("POST", "artifacts", { query, deadline: 60_000 }));
}

async function take(one, ask) {
  change(one.id, { state: "sending", share: 0, problem: null });
  try {
    const accepted = await ask();
    if (accepted.deployment) {
      change(one.id, { state: "done", deployment: accepted.deployment.id, text: tell("page.upload.accepted", { component: accepted.component, application: accepted.application }) });
      hurry();
      if (sendings.length === 1 && sendings[0].state === "done") go(to.deployment(accepted.deployment.id));
    } else if (accepted.already_live === null) change(one.id, { state: "done", text: accepted.message });
    else change(one.id, { state: "same", text: tell("page.upload.already", { release: accepted.already_live, component: accepted.component }) });
  } catch (problem) {
    change(one.id, { state: problem.unknown ? "unknown" : "refused", problem });
  }
}

function transfer(one, force) {
  const query = { filename: one.file.name, ...(one.target || {}), ...(force ? { force: "true" } : {}) };
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    change(one.id, { cancel: () => { request.abort(); } });
    request.open("POST", api.address("artifacts", query));
    for (const [name, value] of Object.entries(api.csrfHeader())) request.setRequestHeader(name, value);
    if (!one.libraries) request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      change(one.id, { share: total ? loaded / total : 1 });
      showProgress(total ? loaded / total : 1);
    });
    request.addEventListener("error", () => reject(api.unreachable(true)));
    request.addEventListener("abort", () => reject(new api.Problem(499, { detail: tell("page.upload.cancelled") })));
    request.addEventListener("load", () => {
      if (request.status > 0 && request.status < 300) resolve(request.response);
      else reject(new api.Problem(request.status, request.response || {}, true));
    });
    const form = new FormData();
    form.append("artifact", one.file);
    if (one.libraries) form.append("libraries", one.libraries);
    request.send(one.libraries ? form : one.file);
  });
}

const carries = (event) => get().who && event.dataTransfer && [...event.dataTransfer.types].includes("Files");

// Drops anywhere on the page; what they are dropped on may say which component is meant (data-application, -component).
export function takeDrops(onover) {
  const target = (event) => {
    const found = event.target instanceof Element ? event.target.closest("[data-component]") : null;
    return found ? { application: found.dataset.application, component: found.dataset.component } : null;
  };
  document.addEventListener("dragover", (event) => { if (carries(event)) { event.preventDefault(); onover(target(event), true); } });
  document.addEventListener("dragleave", (event) => { if (event.relatedTarget === null) onover(null, false); });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    onover(null, false);
    pushFiles([...event.dataTransfer.files], target(event));
  });
  document.getElementById("file").addEventListener("change", (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    pushFiles(files, aim);
  });
  addEventListener("beforeunload", (event) => { if (sendings.some((one) => ["sending", "waiting"].includes(one.state))) event.preventDefault(); });
}

// Unsure whose it is: a selector of those that may be meant. Another component's jar is asked about, in red.
function Question({ one }) {
  const { held, candidates, asked } = one.problem.values;
  const [chosen, choose] = useState(candidates[0] || "");
  if (!held || candidates.length === 0) return null;
  const id = `whose-${one.id}`;
  return html`<span class="question"><label for=${id}>${tell("page.tray.whose")}</label>
    <select id=${id} value=${chosen} onChange=${(event) => choose(event.target.value)}>${candidates.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}</select>
    <button type="button" class="button primary" onClick=${() => answer(one, chosen)}>${tell("page.tray.there")}</button>
    ${asked && html`<button type="button" class="button danger" onClick=${() => answer(one, asked, true)}>${tell("page.tray.anyway", { asked })}</button>`}</span>`;
}

export function Sendings() {
  const [shown, setShown] = useState(sendings);
  useEffect(() => { listeners.add(setShown); return () => listeners.delete(setShown); }, []);
  if (shown.length === 0) return null;
  return html`<section class="tray" aria-label=${tell("page.upload.title")}>
    <ul>${shown.map((one) => html`<li key=${one.id} class="sending ${one.state}">
      <span class="sending-name"><bdi>${one.libraries ? `${one.file.name} + ${one.libraries.name}` : one.file.name}</bdi></span>
      <span class="sending-text" role="status">${one.problem ? `${one.problem.message} ${one.problem.hint}` : one.text || tell(`page.upload.${one.state}`, { percent: Math.floor(one.share * 100) })}</span>
      ${one.state === "sending" && html`<progress value=${one.share} max="1" aria-label=${tell("page.upload.progress", { name: one.file.name })}></progress>`}
      ${one.deployment && html`<a href=${to.deployment(one.deployment)}>${tell("page.upload.look")}</a>`}
      ${one.problem && one.problem.values.candidates && html`<${Question} one=${one} />`}
      ${one.state === "same" && html`<button type="button" class="button" onClick=${() => send(one, true)}>${tell("page.upload.anyway")}</button>`}
      ${one.state === "sending" ? html`<button type="button" class="button" onClick=${one.cancel}>${tell("page.cancel")}</button>`
        : html`<button type="button" class="icon-button" aria-label=${tell("page.upload.forget", { name: one.file.name })} onClick=${() => drop(one.id)}>×</button>`}
    </li>`)}</ul>
  </section>`;
}
