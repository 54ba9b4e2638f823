// One deployment as it happens: its stages with their times, its warnings, the log of the new instance, its end.

import { html, useEffect, useRef } from "../vendor/preact.js";
import { Ago, Heading, Loading, Name, State, TONES, visible } from "../pieces/basic.js";
import { hasEnded, hasFailed } from "../pieces/condition.js";
import { seconds as length, tell } from "../words.js";
import * as api from "../page/api.js";
import { useEvents } from "../page/news.js";
import { useRemote } from "../page/remote.js";
import { to } from "../page/router.js";
import { useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

export const STAGES = ["received", "analysed", "base", "built", "loaded", "started", "healthy", "switched", "live", "settled"];
// A changed configuration has no upload, a rollback has its image already.
const FIRST_STAGE = { spec: 1, rollback: 4 };

function Stages({ deployment, events }) {
  const reached = new Map();
  for (const told of events) if (told.stage && !reached.has(told.stage)) reached.set(told.stage, told);
  const listed = STAGES.slice(FIRST_STAGE[deployment.cause] || 0).filter((stage) => reached.has(stage) || !hasEnded(deployment));
  const current = hasEnded(deployment) ? "" : listed.find((stage) => !reached.has(stage));
  return html`<ol class="stages">${listed.map((stage) => {
    const told = reached.get(stage);
    const seconds = told ? (new Date(told.at) - new Date(deployment.created)) / 1000 : 0;
    return html`<li key=${stage} class="stage ${stage === current ? "current" : ""}" data-stage=${stage} data-reached=${told ? "yes" : undefined}>
      <span class="mark" aria-hidden="true"></span><span class="stage-name">${tell(`word.${stage}`)}</span><span class="stage-time">${told ? length(seconds) : ""}</span><span class="stage-text quiet">${told ? told.text : ""}</span></li>`;
  })}</ol>`;
}

function Failure({ deployment, events }) {
  const failed = events.find((told) => told.event.kind === "failed");
  const message = failed ? failed.text : deployment.error_message;
  if (!message || !(failed || hasFailed(deployment))) return null;
  const tail = failed ? failed.event.log_tail : [];
  return html`<section class="failure" role="alert"><p class="failure-text">${message}</p><p class="failure-hint">${failed ? failed.hint : deployment.error_hint}</p>
    ${tail.length > 0 && html`<pre class="log" tabindex="0" role="region" aria-label=${tell("page.deployment.tail")}>${tail.map((line) => `${visible(line)}\n`)}</pre>`}</section>`;
}

function InstanceLog({ events }) {
  const box = useRef();
  const lines = events.filter((told) => told.event.kind === "log");
  useEffect(() => { if (box.current) box.current.scrollTop = box.current.scrollHeight; }, [lines.length]);
  if (lines.length === 0) return null;
  return html`<section class="panel"><h2>${tell("page.deployment.log")}</h2><pre class="log" ref=${box} tabindex="0" role="region" aria-label=${tell("page.deployment.log")}>${lines.map((told) => `${visible(told.event.text)}\n`)}</pre></section>`;
}

const QUIET = ["log", "failed"];

function Notes({ events }) {
  const notes = events.filter((told) => !told.stage && !QUIET.includes(told.event.kind) && told.text);
  return html`<ul class="notes">${notes.map((told) => html`<li key=${told.number} class=${["warning", "switched-back"].includes(told.event.kind) ? "warning" : "quiet"}>${told.text} ${told.hint}</li>`)}</ul>`;
}

export default function Deployment({ params }) {
  const events = useEvents(params.deployment);
  const newest = useStore((known) => known.deployments.find((one) => one.id === params.deployment));
  const { data, problem } = useRemote(api.deploymentPath(params.deployment), { keys: [newest && newest.phase, events.filter((one) => one.number).length] });
  const deployment = data || newest;
  const name = deployment ? deployment.component || deployment.application : "";
  useTitle(deployment ? `${tell(`phase.${deployment.phase}`)} · ${name}` : tell("page.deployment.title"), deployment ? TONES[deployment.phase] : "calm");
  if (!deployment) return html`<${Heading}>${tell("page.deployment.title")}<//><${Loading} problem=${problem} />`;
  const whole = deployment.component === "";
  return html`<article class="deployment" data-deployment=${deployment.id} data-phase=${deployment.phase}>
    <div class="view-head"><nav class="crumbs" aria-label=${tell("page.nav.crumbs")}><a href="/">${tell("page.nav.home")}</a><span aria-hidden="true">/</span><a href=${to.application(deployment.application)}><${Name}>${deployment.application}<//></a>
      ${!whole && html`<span aria-hidden="true">/</span><a href=${to.component(deployment.application, deployment.component)}><${Name}>${deployment.component}<//></a>`}</nav>
      <${Heading}><${Name}>${name}<//>${!whole && html` <span class="quiet">· <${Name}>${deployment.application}<//></span>`}<//><span role="status"><${State} state=${deployment.phase} kind="phase" /></span>
      <p class="quiet">${tell(`cause.${deployment.cause}`)} · ${deployment.actor}, ${deployment.door} · <${Ago} at=${deployment.created} /></p></div>
    <${Failure} deployment=${deployment} events=${events} />
    ${!whole && html`<${Stages} deployment=${deployment} events=${events} />`}
    <${Notes} events=${events} /><${InstanceLog} events=${events} />
  </article>`;
}
