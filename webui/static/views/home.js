// Home: applications, the worst first, each with one true sentence; what goes on now, and what waits for somebody.

import { html, useState } from "../vendor/preact.js";
import { Ago, Button, Dialog, Dot, Heading, Name, State } from "../pieces/basic.js";
import { hasFailed, isAwaiting, isBusy, sentence, tally, worstFirst } from "../pieces/condition.js";
import { Decision } from "../pieces/decision.js";
import { SiteState } from "../pieces/site-state.js";
import { tell } from "../words.js";
import { useRemote } from "../page/remote.js";
import { go, to } from "../page/router.js";
import { may, unseenSince, useNow, useStore } from "../page/store.js";
import { clock } from "../page/time.js";
import { useTitle } from "../page/title.js";

function Card({ view }) {
  const now = useNow();
  const since = useStore((known) => unseenSince(known, view));
  const { tone, running, all } = tally(view);
  return html`<li class="card application-card ${tone} ${since ? "unseen-lately" : ""}">
    <h2><a class="card-link" href=${to.application(view.name)}><${Dot} tone=${tone} /><${Name}>${view.name}<//></a><span class="count">${tell("page.running-of", { running, all })}</span></h2>
    <p class="card-sentence">${sentence(view, now)}</p>
    ${since ? html`<p class="as-of">${tell("page.as-of", { time: clock(since) })}${view.problem && html` · ${view.problem}`}</p>` : null}
    <ul class="component-strip" aria-label=${tell("page.home.components", { name: view.name })}>${view.components.map((part) => html`
      <li key=${part.name} data-application=${view.name} data-component=${part.kind === "jar" ? part.name : undefined}><a href=${to.component(view.name, part.name)} title=${tell(`state.${part.state}`)}>
        <${State} state=${part.state} /><span class="strip-name"><${Name}>${part.name}<//></span></a></li>`)}</ul>
  </li>`;
}

function Going({ deployments }) {
  if (deployments.length === 0) return null;
  return html`<section class="panel"><h2>${tell("page.home.going-on")}</h2><ul class="rows">${deployments.map((one) => html`<li key=${one.id}>
    <a href=${to.deployment(one.id)}><${Name}>${one.component || one.application}<//></a><${State} state=${one.phase} kind="phase" />
    <span class="quiet">${tell(`cause.${one.cause}`)} · ${one.actor} · <${Ago} at=${one.created} /></span></li>`)}</ul></section>`;
}

// What was built and waits for somebody's word, or for a maintenance window.
function Decisions() {
  const [asking, setAsking] = useState(null);
  const newest = useStore((known) => known.deployments.map((one) => one.id + one.phase).join());
  const { data } = useRemote("deployments?phase=awaiting-approval&phase=awaiting-window", { keys: [newest], every: 15_000 });
  const waiting = (data || []).filter(isAwaiting);
  if (waiting.length === 0) return null;
  return html`<section class="panel decisions"><h2>${tell("page.decision.title")}</h2><ul class="rows">${waiting.map((one) => html`<li key=${one.id}>
    <a href=${to.deployment(one.id)}><${Name}>${one.component || one.application}<//> · <${Name}>${one.application}<//></a><${State} state=${one.phase} kind="phase" />
    <span class="quiet grows"><${Name}>${one.actor}<//> · <${Ago} at=${one.created} /></span>
    <${Button} kind="primary" label=${`${tell("page.decision.look")}: ${tell("page.decision.about", { component: one.component || one.application, application: one.application })}`} onClick=${() => setAsking(one)}>${tell("page.decision.look")}<//></li>`)}</ul>
    ${asking && html`<${Dialog} title=${tell("page.decision.about", { component: asking.component || asking.application, application: asking.application })} kind="wide" onClose=${() => setAsking(null)}><${Decision} deployment=${asking} onDone=${() => setAsking(null)} /><//>`}
  </section>`;
}

// What nobody has dealt with: components whose newest attempt failed, and those that wait for their first jar.
function Waiting({ views }) {
  const failed = views.flatMap((view) => view.components.filter((part) => hasFailed(part.deployment)).map((part) => ({ view, part })));
  const empty = views.flatMap((view) => view.components.filter((part) => part.state === "waiting").map((part) => ({ view, part })));
  if (failed.length + empty.length === 0) return null;
  return html`<section class="panel"><h2>${tell("page.home.waits")}</h2><ul class="rows">
    ${failed.map(({ view, part }) => html`<li key=${`${view.name}/${part.name}`}><a href=${to.deployment(part.deployment.id)}><${Name}>${part.name}<//> · <${Name}>${view.name}<//></a>
      <${State} state=${part.deployment.phase} kind="phase" /><span class="quiet clip">${part.deployment.error_message || ""}</span></li>`)}
    ${empty.map(({ view, part }) => html`<li key=${`${view.name}/${part.name}`}><a href=${to.component(view.name, part.name)}><${Name}>${part.name}<//> · <${Name}>${view.name}<//></a><${State} state="waiting" /></li>`)}
  </ul></section>`;
}

function Nothing() {
  const why = may("operator", tell);
  return html`<section class="card first-steps"><h2>${tell("page.home.empty")}</h2><p>${tell("page.home.empty-text")}</p>
    <p><${Button} kind="primary" why=${why} onClick=${() => go("/new")}>${tell("page.home.begin")}<//></p><pre class="code">buildsvc apply compose.yaml</pre></section>`;
}

export default function Home() {
  const views = useStore((known) => known.applications);
  const deployments = useStore((known) => known.deployments);
  const tallies = (views || []).map(tally);
  const [running, all] = [tallies.reduce((sum, one) => sum + one.running, 0), tallies.reduce((sum, one) => sum + one.all, 0)];
  const tone = tallies.some((one) => one.tone === "bad") ? "bad" : tallies.some((one) => one.tone === "busy") ? "busy" : tallies.length ? "good" : "calm";
  useTitle(views && views.length ? `● ${running}/${all} · buildsvc` : "buildsvc", tone);
  if (views === null) return html`<${Heading}>${tell("page.nav.home")}<//><p class="quiet loading" role="status">${tell("page.loading")}</p>`;
  return html`<div class="view-head"><${Heading}>${tell("page.home.title")}<//><p class="quiet">${views.length ? tell("page.running-of", { running, all }) : ""}</p></div>
    ${views.length === 0 && html`<${Nothing} />`}
    <${Decisions} /><${Waiting} views=${views} /><${Going} deployments=${deployments.filter(isBusy)} />
    <ul class="cards">${worstFirst(views).map((view) => html`<${Card} key=${view.name} view=${view} />`)}</ul>
    <${SiteState} />`;
}
