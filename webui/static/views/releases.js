// The releases of a component, and the way back.

import { html, useState } from "../vendor/preact.js";
import { Confirm, perform } from "../pieces/actions.js";
import { Ago, Button, Empty, Heading, Loading, Name } from "../pieces/basic.js";
import { ComponentHead } from "../pieces/heads.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { useRemote } from "../page/remote.js";
import { applicationOf, componentOf, may, useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

function Row({ release, why, onBack }) {
  return html`<li class="release" data-live=${release.live ? "yes" : undefined}>
    <span class="number">${release.number}</span>
    <span class="release-what"><strong><${Name}>${release.filename}<//></strong>${release.version && html` <span class="quiet"><${Name}>${release.version}<//></span>`}</span>
    <span class="quiet">Java ${release.java} · <${Ago} at=${release.created} /></span>
    <span class="release-act">${release.live ? html`<span class="chip good">${tell("page.release.live")}</span>`
      : release.pruned ? html`<span class="chip">${tell("page.release.pruned")}</span>`
      : release.served ? html`<${Button} why=${why} label=${tell("page.release.back-to", { number: release.number })} onClick=${onBack}>${tell("page.release.back")}<//>` : html`<span class="chip">${tell("page.release.never")}</span>`}</span>
  </li>`;
}

export default function Releases({ params }) {
  const view = useStore((known) => applicationOf(known, params.application));
  const part = useStore((known) => componentOf(known, params.application, params.component));
  const [asking, setAsking] = useState(0);
  const path = api.componentPath(params.application, params.component);
  const { data, problem } = useRemote(`${path}/releases`, { keys: [part && part.release, part && part.deployment && part.deployment.phase] });
  const why = may("operator", tell);
  useTitle(`${tell("page.tab.releases")} · ${params.component}`);
  return html`${part ? html`<${ComponentHead} view=${view} part=${part} at="releases" />` : html`<${Heading}><${Name}>${params.component}<//><//>`}
    ${!data ? html`<${Loading} problem=${problem} />` : data.length === 0 ? html`<${Empty}>${tell("page.release.none")}<//>`
      : html`<ol class="releases">${data.map((one) => html`<${Row} key=${one.number} release=${one} why=${why} onBack=${() => setAsking(one.number)} />`)}</ol>`}
    ${asking > 0 && html`<${Confirm} title=${tell("page.release.back-to", { number: asking })} text=${tell("page.release.back-text")} yes=${tell("page.release.back-yes", { number: asking })}
      onYes=${() => perform(`${path}/rollback`, { to: asking })} onClose=${() => setAsking(0)} />`}`;
}
