// What waits for somebody's word: what it changes, before the eyes of whoever lets it go on or turns it away.

import { html, useState } from "../vendor/preact.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { announce, announceProblem } from "../page/live.js";
import { hurry } from "../page/news.js";
import { useRemote } from "../page/remote.js";
import { denied, useStore } from "../page/store.js";
import { Button, Loading, Name } from "./basic.js";

const SHOWN = 60;

const Names = ({ title, names }) => names.length > 0 && html`<details><summary>${title}</summary><ul class="names">${names.slice(0, SHOWN).map((one) => html`<li key=${one}><${Name}>${one}<//></li>`)}
  ${names.length > SHOWN && html`<li class="quiet">${tell("page.difference.more", { count: names.length - SHOWN })}</li>`}</ul></details>`;

function Libraries({ libraries, count }) {
  if (libraries.length === 0) return null;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${tell("page.decision.libraries", { count })}><table class="difference"><thead><tr><th>${tell("page.decision.libraries", { count })}</th><th>${tell("page.decision.now")}</th><th>${tell("page.decision.then")}</th></tr></thead>
    <tbody>${libraries.map((one) => html`<tr key=${one.name}><td><${Name}>${one.name}<//></td><td>${one.old ?? "–"}</td><td>${one.new ?? "–"}</td></tr>`)}</tbody></table></div>`;
}

function Changes({ seen }) {
  const found = seen.difference;
  return html`<div class="decision-changes"><p><strong>${seen.says}</strong></p>
    ${found && html`<${Libraries} libraries=${found.libraries} count=${found.libraries_changed} />
      <${Names} title=${tell("page.decision.keys", { count: found.keys_changed })} names=${found.keys} />`}
    ${["changed", "added", "removed"].map((what) => html`<${Names} key=${what} title=${tell(`page.decision.classes-${what}`, { count: found ? found[`classes_${what}`] : seen[`classes_${what}`].length })} names=${seen[`classes_${what}`]} />`)}</div>`;
}

// Why whoever is signed in may not decide; empty where they may.
function useWhyNot(deployment) {
  return useStore((known) => {
    const role = denied(known, "operator", tell, deployment.application);
    if (role || deployment.phase !== "awaiting-approval") return role;
    if (known.who.kind !== "person") return tell("page.decision.person");
    return known.who.name.toLowerCase() === deployment.actor.toLowerCase() ? tell("page.decision.own") : "";
  });
}

// `onDone` is called when it was decided. What waits for a window is let go on before it by whoever says why.
export function Decision({ deployment, onDone = () => {} }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const asks = deployment.phase === "awaiting-approval";
  const path = api.deploymentPath(deployment.id);
  const { data: seen, problem, again } = useRemote(asks ? `${path}/approval` : null, { keys: [deployment.phase] });
  const not = useWhyNot(deployment);
  const send = async (to, body, said) => {
    setBusy(true);
    try {
      await api.post(`${path}/${to}`, body);
      announce(tell(said), { tone: "good" });
      onDone();
    } catch (failure) {
      announceProblem(failure);
      again();
    } finally {
      setBusy(false);
      hurry();
    }
  };
  const why = not || (busy ? tell("page.loading") : "");
  const lacking = why || (reason.trim() ? "" : tell("page.release.reason-why"));
  const field = `reason-${deployment.id}`;
  return html`<div class="decision">
    ${asks && (seen ? html`<${Changes} seen=${seen} />` : html`<${Loading} problem=${problem} />`)}
    <label for=${field}>${tell(asks ? "page.decision.reason" : "page.decision.early-reason")}</label>
    <input id=${field} type="text" maxlength="500" value=${reason} onInput=${(event) => setReason(event.target.value)} />
    <div class="dialog-foot">${asks ? html`<${Button} kind="danger" why=${lacking} onClick=${() => send("approval", { decision: "reject", reason: reason.trim() }, "page.decision.refused")}>${tell("page.decision.refuse")}<//>
      <${Button} kind="primary" why=${why || (seen ? "" : tell("page.loading"))} onClick=${() => send("approval", { decision: "approve", live: seen.live, reason: reason.trim() }, "page.decision.approved")}>${tell("page.decision.approve")}<//>`
      : html`<${Button} kind="primary" why=${lacking} onClick=${() => send("early", { reason: reason.trim() }, "page.decision.let-go")}>${tell("page.decision.early")}<//>`}</div>
    ${not && html`<p class="quiet small">${not}</p>`}
  </div>`;
}
