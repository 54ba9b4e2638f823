// Versions of whole applications, and the bundles that carry them: what is here, what arrives, and making another.

import { html, useState } from "../vendor/preact.js";
import { perform } from "../pieces/actions.js";
import { Arrivals } from "../pieces/arrivals.js";
import { Ago, Button, Dialog, Empty, Heading, Loading, Name } from "../pieces/basic.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { announceProblem } from "../page/live.js";
import { useRemote } from "../page/remote.js";
import { to } from "../page/router.js";
import { saveFile } from "../page/saving.js";
import { may, useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;

function Make({ application, onClose }) {
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const why = name && !NAME.test(name) ? tell("page.version.name-why") : "";
  const make = () => { onClose(); perform(`${api.applicationPath(application)}/versions`, { name: name || null, note }); };
  return html`<${Dialog} title=${tell("page.version.make-of", { name: application })} onClose=${onClose}><p>${tell("page.version.make-text")}</p>
    <label for="version-name">${tell("page.version.name")}</label><input id="version-name" type="text" placeholder="1.4.0" value=${name} onInput=${(event) => setName(event.target.value.trim())} />
    <label for="version-note">${tell("page.version.note")}</label><input id="version-note" type="text" maxlength="500" value=${note} onInput=${(event) => setNote(event.target.value)} />
    ${why && html`<p class="bad-text small" role="status">${why}</p>`}
    <div class="dialog-foot"><button type="button" class="button" onClick=${onClose}>${tell("page.cancel")}</button><${Button} kind="primary" why=${why} onClick=${make}>${tell("page.version.make")}<//></div><//>`;
}

function Versions({ application, here, versions }) {
  const [making, setMaking] = useState(false);
  const why = may("operator", tell, application);
  return html`<section class="panel"><div class="panel-head"><h2>${here ? html`<a href=${to.application(application)}><${Name}>${application}<//></a>` : html`<${Name}>${application}<//> <span class="chip">${tell("page.version.not-here")}</span>`}</h2>
      ${here && html`<${Button} why=${why} label=${tell("page.version.make-of", { name: application })} onClick=${() => setMaking(true)}>${tell("page.version.make")}<//>`}</div>
    ${versions.length === 0 ? html`<${Empty}>${tell("page.version.none")}<//>` : html`<div class="scroll" tabindex="0" role="region" aria-label=${tell("page.version.of", { name: application })}><table>
      <thead><tr><th>${tell("page.version.name")}</th><th>${tell("page.fact.when")}</th><th>${tell("page.fact.who")}</th><th>${tell("page.version.origin")}</th><th>${tell("page.application.components")}</th><th>${tell("page.version.note")}</th></tr></thead>
      <tbody>${versions.map((one) => html`<tr key=${one.number}><td><a href=${to.version(application, one.number)} aria-label=${tell("page.version.open", { name: one.name, application })}><strong><${Name}>${one.name}<//></strong></a>${one.pruned && html` <span class="chip">${tell("page.release.pruned")}</span>`}</td>
        <td><${Ago} at=${one.created} /></td><td><${Name}>${one.actor}<//></td><td>${one.origin ? html`<${Name}>${one.origin}<//>` : tell("page.version.made-here")}</td><td>${one.components.length}</td><td><${Name}>${one.note}<//></td></tr>`)}</tbody></table></div>`}
    ${making && html`<${Make} application=${application} onClose=${() => setMaking(false)} />`}</section>`;
}

// What this site has, for another one that makes a bundle of the rest.
async function saveHave() {
  try {
    const have = await api.get("have", {}, { deadline: 60_000 });
    saveFile("have.json", [JSON.stringify({ have })], "application/json");
  } catch (problem) { announceProblem(problem); }
}

export default function Bundles() {
  const views = useStore((known) => known.applications) || [];
  const newest = useStore((known) => known.deployments.filter((one) => ["version", "import"].includes(one.cause)).map((one) => one.id + one.phase).join());
  const { data, problem } = useRemote("versions", { keys: [newest] });
  const operator = may("operator", tell, "*");
  useTitle(tell("page.nav.bundles"));
  const names = [...new Set([...views.map((one) => one.name), ...(data || []).map((one) => one.application)])].sort();
  return html`<div class="view-head"><${Heading}>${tell("page.nav.bundles")}<//><span class="head-end"><${Button} why=${operator} onClick=${saveHave}>${tell("page.bundle.have")}<//></span></div>
    <p class="quiet">${tell("page.bundle.what")}</p>
    <${Arrivals} />
    ${!data ? html`<${Loading} problem=${problem} />` : names.length === 0 ? html`<${Empty}>${tell("page.version.nothing")}<//>`
      : names.map((name) => html`<${Versions} key=${name} application=${name} here=${views.some((one) => one.name === name)} versions=${data.filter((one) => one.application === name)} />`)}`;
}
