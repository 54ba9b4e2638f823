// The components of an application as a list: what the drawing shows, for whoever prefers to read.

import { html } from "../vendor/preact.js";
import { tell } from "../words.js";
import { to } from "../page/router.js";
import { Ago, Name, State } from "./basic.js";
import { hasFailed, isBusy } from "./condition.js";

function Runs({ part }) {
  if (part.kind === "image") return html`<span class="quiet"><${Name}>${part.image}<//></span>`;
  if (part.release === null) return html`<span class="quiet">${tell("page.component.no-release")}</span>`;
  return html`<span><${Name}>${part.filename}<//></span> <span class="quiet">${tell("page.component.release", { number: part.release })}${part.version && html` · <${Name}>${part.version}<//>`}</span>`;
}

function Newest({ deployment }) {
  if (!deployment) return null;
  if (isBusy(deployment) || hasFailed(deployment)) return html`<a href=${to.deployment(deployment.id)}><${State} state=${deployment.phase} kind="phase" /></a>`;
  return html`<a class="quiet" href=${to.deployment(deployment.id)}>${tell(`cause.${deployment.cause}`)}, <${Ago} at=${deployment.created} /></a>`;
}

export function ComponentList({ view }) {
  return html`<ul class="component-list" aria-label=${tell("page.application.components")}>${view.components.map((part) => html`
    <li key=${part.name} class="component-row" data-state=${part.state} data-application=${view.name} data-component=${part.kind === "jar" ? part.name : undefined}>
      <${State} state=${part.state} />
      <a class="component-name" href=${to.component(view.name, part.name)}><${Name}>${part.name}<//></a>
      <span class="component-runs"><${Runs} part=${part} /></span>
      <span class="component-ports quiet">${part.ports.join("  ")}</span>
      <span class="component-newest"><${Newest} deployment=${part.deployment} /></span>
    </li>`)}</ul>`;
}
