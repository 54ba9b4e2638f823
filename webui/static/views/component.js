// One component: what runs, since when, where it answers, and what may be done to it.

import { html } from "../vendor/preact.js";
import { ComponentActions } from "../pieces/actions.js";
import { Ago, Heading, Name, State, TONES } from "../pieces/basic.js";
import { ComponentHead } from "../pieces/heads.js";
import { Usage } from "../pieces/plot.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { useRemote } from "../page/remote.js";
import { to } from "../page/router.js";
import { applicationOf, componentOf, useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

const Fact = ({ name, children }) => html`<div class="fact"><dt>${tell(`page.fact.${name}`)}</dt><dd>${children}</dd></div>`;

// Where it answers, as a link that works from here: bound to one address of the server, that one; else the page's own.
function Address({ at }) {
  const cut = at.lastIndexOf(":");
  const [bound, port] = [at.slice(0, cut), at.slice(cut + 1)];
  const everywhere = ["0.0.0.0", "::", "[::]"].includes(bound);
  const local = bound.startsWith("127.") || bound === "::1";
  const host = everywhere ? location.hostname : bound;
  return html`<span class="address">${local && location.hostname !== bound && location.hostname !== "localhost" ? html`<span>${at}</span>` : html`<a href=${`${"http:"}//${host}:${port}/`} target="_blank" rel="noreferrer">${host}:${port}</a>`}
    <span class="quiet small">${tell(everywhere ? "page.address.everywhere" : local ? "page.address.local" : "page.address.one", { bound })}</span></span>`;
}

function Health({ part }) {
  const serving = part.instances.find((one) => one.active || one.role === "image");
  if (!serving) return tell("page.health.none");
  return html`${tell(`page.health.${serving.health || (serving.state === "running" ? "unchecked" : "none")}`)}`;
}

function Facts({ part }) {
  const restarts = part.instances.reduce((sum, one) => sum + one.restarts, 0);
  return html`<dl class="facts card">
    ${part.kind === "jar" && html`<${Fact} name="release">${part.release === null ? tell("page.component.no-release") : html`${tell("page.component.release", { number: part.release })}${part.version && html` · <${Name}>${part.version}<//>`}`}<//>`}
    ${part.filename && html`<${Fact} name="file"><${Name}>${part.filename}<//><//>`}
    ${part.java && html`<${Fact} name="java">${`Java ${part.java}`}<//>`}
    ${part.kind === "image" && html`<${Fact} name="image"><${Name}>${part.image}<//><//>`}
    ${part.since && html`<${Fact} name="since"><${Ago} at=${part.since} /><//>`}
    <${Fact} name="health"><${Health} part=${part} /><//>
    <${Fact} name="address">${part.addresses.length === 0 ? tell("page.component.no-ports") : part.addresses.map((at) => html`<${Address} key=${at} at=${at} />`)}<//>
    <${Fact} name="restarts">${restarts}<//>
    ${part.stopped_by && html`<${Fact} name="stopped-by">${part.stopped_by}<//>`}
  </dl>`;
}

function Instances({ part }) {
  if (part.instances.length === 0) return null;
  return html`<section class="panel"><h2>${tell("page.component.instances")}</h2><div class="scroll" tabindex="0" role="region" aria-label=${tell("page.component.instances")}><table>
    <thead><tr><th>${tell("page.fact.name")}</th><th>${tell("page.fact.role")}</th><th>${tell("page.fact.state")}</th><th>${tell("page.fact.release")}</th><th>${tell("page.fact.since")}</th><th>${tell("page.fact.restarts")}</th></tr></thead>
    <tbody>${part.instances.map((one) => html`<tr key=${one.id}><td><${Name}>${one.name}<//></td><td>${tell(`page.instance.${one.role}`)}${one.active ? ` · ${tell("page.instance.active")}` : ""}</td>
      <td>${one.state}${one.health ? ` · ${one.health}` : ""}${one.exit_code !== null ? ` (${one.exit_code})` : ""}</td><td>${one.release ?? ""}</td><td>${one.started && html`<${Ago} at=${one.started} />`}</td><td>${one.restarts}</td></tr>`)}</tbody></table></div></section>`;
}

function Last({ deployment }) {
  if (!deployment) return null;
  return html`<section class="panel"><h2>${tell("page.component.last")}</h2><p><a href=${to.deployment(deployment.id)}><${State} state=${deployment.phase} kind="phase" /> ${tell(`cause.${deployment.cause}`)}</a> <span class="quiet">${deployment.actor} · <${Ago} at=${deployment.created} /></span></p>
    ${deployment.error_message && html`<p class="bad-text">${deployment.error_message}</p>`}</section>`;
}

export default function Component({ params }) {
  const view = useStore((known) => applicationOf(known, params.application));
  const part = useStore((known) => componentOf(known, params.application, params.component));
  const loaded = useStore((known) => known.applications !== null);
  const { data: usage } = useRemote(`${api.componentPath(params.application, params.component)}/usage`, { every: 15_000 });
  useTitle(`● ${params.component} · ${params.application}`, part ? TONES[part.state] : "calm");
  if (!part) return html`<${Heading}><${Name}>${params.component}<//><//><p class="quiet" role="status">${tell(loaded ? "page.component.none" : "page.loading")}</p>`;
  return html`<div data-application=${view.name} data-component=${part.kind === "jar" ? part.name : undefined}><${ComponentHead} view=${view} part=${part} at="component" />
    <${ComponentActions} view=${view} part=${part} /><${Facts} part=${part} /><${Usage} usage=${usage} /><${Last} deployment=${part.deployment} /><${Instances} part=${part} /></div>`;
}
