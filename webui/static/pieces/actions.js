// What may be done to a component, by role: what is not allowed stands there with its reason.

import { html, useState } from "../vendor/preact.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { announce, announceProblem } from "../page/live.js";
import { hurry } from "../page/news.js";
import { go, to } from "../page/router.js";
import { may, useNow } from "../page/store.js";
import { age } from "../page/time.js";
import { chooseFiles } from "../tray/drops.js";
import { Button, Dialog } from "./basic.js";

// Does it, tells what it led to, and goes to its deployment.
export async function perform(path, body, said) {
  try {
    const accepted = await api.post(path, body);
    hurry();
    if (accepted && accepted.deployment) go(to.deployment(accepted.deployment.id));
    else announce((accepted && accepted.message) || said);
    return true;
  } catch (problem) {
    announceProblem(problem);
    return false;
  }
}

export function Confirm({ title, text, yes, kind = "primary", onYes, onClose }) {
  return html`<${Dialog} title=${title} onClose=${onClose}><p>${text}</p><div class="dialog-foot">
    <button type="button" class="button" onClick=${onClose}>${tell("page.cancel")}</button>
    <button type="button" class="button ${kind}" data-first onClick=${() => { onClose(); onYes(); }}>${yes}</button></div><//>`;
}

// A restart is a swap of the same release, or of an image component a stop and a start; why goes to the audit log.
function Restart({ part, path, onClose }) {
  const [reason, setReason] = useState("");
  return html`<${Dialog} title=${tell("page.action.restart-title", { name: part.name })} onClose=${onClose}>
    <p>${tell(part.kind === "jar" ? "page.action.restart-jar" : "page.action.restart-image")}</p>
    <label for="restart-reason">${tell("page.release.reason")}</label><input id="restart-reason" type="text" maxlength="500" value=${reason} onInput=${(event) => setReason(event.target.value)} />
    <div class="dialog-foot"><button type="button" class="button" onClick=${onClose}>${tell("page.cancel")}</button>
      <${Button} kind="primary" why=${reason.trim() ? "" : tell("page.release.reason-why")} onClick=${() => { onClose(); perform(`${path}/restart`, { reason: reason.trim() }); }}>${tell("page.action.restart")}<//></div><//>`;
}

export function ComponentActions({ view, part }) {
  const [asking, setAsking] = useState("");
  const now = useNow();
  const [developer, operator] = [may("developer", tell, view.name), may("operator", tell, view.name)];
  const path = api.componentPath(view.name, part.name);
  const jar = part.kind === "jar";
  const undoing = part.undo_until && new Date(part.undo_until) > now;
  const undo = operator || (part.release === null || part.release < 2 ? tell("page.action.nothing-before") : "");
  const still = Boolean(part.stopped_by);
  const run = { undo: () => perform(`${path}/undo`, {}), stop: () => perform(`${path}/stop`, {}), start: () => perform(`${path}/start`, {}) };
  const idle = operator || (jar && part.release === null ? tell("page.action.nothing-serves") : "");
  return html`<div class="actions" role="group" aria-label=${tell("page.action.title", { name: part.name })}>
    ${jar && html`<${Button} kind="primary" why=${developer} onClick=${() => chooseFiles({ application: view.name, component: part.name })}>${tell("page.action.replace")}<//>
      <${Button} why=${undo} onClick=${() => setAsking("undo")}>${undoing ? tell("page.action.undo-within", { age: age((new Date(part.undo_until) - now) / 1000) }) : tell("page.action.undo")}<//>`}
    ${still ? html`<${Button} why=${operator} onClick=${run.start}>${tell("page.action.start")}<//>` : html`<${Button} why=${operator} onClick=${() => setAsking("stop")}>${tell("page.action.stop")}<//>`}
    ${!still && html`<${Button} why=${idle} onClick=${() => setAsking("restart")}>${tell("page.action.restart")}<//>`}
    <a class="button" href=${to.log(view.name, part.name)}>${tell("page.action.log")}</a>
    ${asking === "restart" && html`<${Restart} part=${part} path=${path} onClose=${() => setAsking("")} />`}
    ${asking && asking !== "restart" && html`<${Confirm} title=${tell(`page.action.${asking}-title`, { name: part.name })} text=${tell(`page.action.${asking}-text`, { name: part.name })} yes=${tell(`page.action.${asking}`)} onYes=${run[asking]} onClose=${() => setAsking("")} />`}
  </div>`;
}
