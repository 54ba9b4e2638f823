// One deployment as it happens: failure first, then its stages with their times beside what they usually take, the time
// that is left, the log of the new instance; Cancel until the switch.

import { html, useState } from "../vendor/preact.js";
import { Confirm } from "../pieces/actions.js";
import { Ago, Button, Heading, Loading, Name, State, TONES } from "../pieces/basic.js";
import { hasEnded, isAwaiting, isBusy } from "../pieces/condition.js";
import { Decision } from "../pieces/decision.js";
import { Failure, InstanceLog, LedTo, Notes } from "../pieces/told.js";
import { Stages } from "../pieces/stages.js";
import { seconds as length, tell } from "../words.js";
import * as api from "../page/api.js";
import { announceProblem } from "../page/live.js";
import { hurry, useEvents } from "../page/news.js";
import { useRemote } from "../page/remote.js";
import { to } from "../page/router.js";
import { may, useNow, useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

function Bar({ value, most, label, tone = "" }) {
  const share = most ? Math.min(1, value / most) : 0;
  return html`<div class="bar-row"><span class="bar-label">${label}</span><div class="bar ${tone}" role="progressbar" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(share * 100)}><span style=${{ width: `${share * 100}%` }}></span></div></div>`;
}

// How long it goes on already, beside what the last five took, and beside the deadline of the new instance's health.
function Times({ deployment, timing, events }) {
  const now = useNow();
  if (!timing) return null;
  const spent = Math.max(0, (now - new Date(deployment.created)) / 1000);
  const started = events.find((told) => told.stage === "started");
  const healthy = events.some((told) => told.stage === "healthy");
  const waits = started && !healthy && isBusy(deployment) ? Math.max(0, (now - new Date(started.at)) / 1000) : 0;
  if (!isBusy(deployment)) return timing.seconds === null ? null : html`<p class="times">${tell("page.deployment.took", { seconds: timing.seconds })} ${timing.expected !== null && html`<span class="quiet">${tell("page.deployment.usually", { seconds: timing.expected, of: timing.of })}</span>`}</p>`;
  return html`<div class="times card">
    ${timing.expected !== null && html`<${Bar} value=${spent} most=${timing.expected} label=${tell("page.deployment.expected", { spent: length(spent), expected: length(timing.expected) })} />`}
    ${waits > 0 && timing.deadline && html`<${Bar} value=${waits} most=${timing.deadline} tone=${waits > timing.deadline * 0.7 ? "busy" : ""} label=${tell("page.deployment.deadline", { spent: length(waits), deadline: length(timing.deadline) })} />`}
  </div>`;
}

const ROLE_OF = { artifact: "developer", remove: "admin" };

function Cancel({ deployment, events }) {
  const [asking, setAsking] = useState(false);
  const role = may(ROLE_OF[deployment.cause] || "operator", tell, deployment.application);
  if (!isBusy(deployment) && !isAwaiting(deployment)) return null;
  const why = role || (events.some((told) => told.stage === "switched") ? tell("page.deployment.switched-already") : "");
  const cancel = () => api.post(`${api.deploymentPath(deployment.id)}/cancel`).then(hurry, announceProblem);
  return html`<${Button} kind="danger" why=${why} onClick=${() => setAsking(true)}>${tell("page.deployment.cancel")}<//>
    ${asking && html`<${Confirm} title=${tell("page.deployment.cancel")} text=${tell("page.deployment.cancel-text")} yes=${tell("page.deployment.cancel-yes")} kind="danger" onYes=${cancel} onClose=${() => setAsking(false)} />`}`;
}

export default function Deployment({ params }) {
  const events = useEvents(params.deployment);
  const newest = useStore((known) => known.deployments.find((one) => one.id === params.deployment));
  const keys = [newest && newest.phase, events.filter((one) => one.number).length];
  const { data, problem } = useRemote(api.deploymentPath(params.deployment), { keys });
  const { data: timing } = useRemote(`${api.deploymentPath(params.deployment)}/timing`, { keys });
  const deployment = data || newest;
  const name = deployment ? deployment.component || deployment.application : "";
  useTitle(deployment ? `${tell(`phase.${deployment.phase}`)} · ${name}` : tell("page.deployment.title"), deployment ? TONES[deployment.phase] : "calm");
  if (!deployment) return html`<${Heading}>${tell("page.deployment.title")}<//><${Loading} problem=${problem} />`;
  const whole = deployment.component === "";
  return html`<article class="deployment" data-deployment=${deployment.id} data-phase=${deployment.phase}>
    <div class="view-head"><nav class="crumbs" aria-label=${tell("page.nav.crumbs")}><a href="/">${tell("page.nav.home")}</a><span aria-hidden="true">/</span><a href=${to.application(deployment.application)}><${Name}>${deployment.application}<//></a>
      ${!whole && html`<span aria-hidden="true">/</span><a href=${to.component(deployment.application, deployment.component)}><${Name}>${deployment.component}<//></a>`}</nav>
      <${Heading}><${Name}>${name}<//>${!whole && html` <span class="quiet">· <${Name}>${deployment.application}<//></span>`}<//><span role="status"><${State} state=${deployment.phase} kind="phase" /></span>
      <p class="quiet">${tell(`cause.${deployment.cause}`)} · <${Name}>${deployment.actor}<//>, ${deployment.door} · <${Ago} at=${deployment.created} /></p>
      <span class="head-end"><${Cancel} deployment=${deployment} events=${events} />${hasEnded(deployment) && html`<a class="button" href=${api.address(`${api.deploymentPath(deployment.id)}/report`)} target="_blank">${tell("page.deployment.report")}</a>`}</span></div>
    <${Failure} deployment=${deployment} events=${events} />
    ${isAwaiting(deployment) && html`<section class="panel decisions"><h2>${tell("page.decision.title")}</h2><${Decision} deployment=${deployment} /></section>`}
    <${Times} deployment=${deployment} timing=${timing} events=${events} />
    ${!whole && html`<${Stages} deployment=${deployment} events=${events} timing=${timing} />`}
    <${LedTo} events=${events} /><${Notes} events=${events} /><${InstanceLog} events=${events} />
  </article>`;
}
