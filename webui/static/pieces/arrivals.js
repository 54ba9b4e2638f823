// Bundles that arrive: chosen here and sent in parts, by a path on the server, or through the watched folder.

import { html, useState } from "../vendor/preact.js";
import { tell } from "../words.js";
import * as imports from "../page/imports.js";
import { to } from "../page/router.js";
import { may } from "../page/store.js";
import { perform } from "./actions.js";
import { Button, Name, ProblemBox } from "./basic.js";

const percent = (one) => (one.total ? Math.floor((one.done / one.total) * 100) : 100);

function Arrival({ one }) {
  const share = percent(one);
  const said = { seen: tell("page.bundle.has-to-come", { count: one.missing.length, size: one.size }), sending: tell("page.bundle.sending", { done: one.done, size: one.total || one.size, percent: share }) };
  const words = said[one.state] || tell(`page.bundle.state-${one.state}`);
  const button = (act, text, kind = "") => html`<${Button} kind=${kind} label=${`${tell(`page.bundle.${text}`)}: ${one.name}`} onClick=${() => act(one.id)}>${tell(`page.bundle.${text}`)}<//>`;
  return html`<li class="arrival" data-state=${one.state}><p><strong><${Name}>${one.title || one.name}<//></strong> <span class="quiet" role="status">${words}</span></p>
    ${one.state !== "reading" && one.title && html`<p class="quiet small">${one.signed ? tell("page.bundle.signed", { by: one.signed }) : tell("page.bundle.unsigned")}</p>`}
    ${["sending", "paused", "away"].includes(one.state) && html`<div class="bar" role="progressbar" aria-label=${tell("page.bundle.progress", { name: one.name })} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${share}><span style=${{ width: `${share}%` }}></span></div>`}
    ${one.problem && html`<${ProblemBox} problem=${one.problem} />`}
    <p class="actions">${one.state === "seen" && button(imports.send, "begin", "primary")}${["paused", "refused"].includes(one.state) && one.head && button(imports.send, "go-on", "primary")}${one.state === "sending" && button(imports.pause, "pause")}
      ${one.deployment && html`<a class="button" href=${to.deployment(one.deployment.id)}>${tell("page.bundle.look")}</a>`}${button(imports.forget, "forget")}</p></li>`;
}

function FromServer({ why }) {
  const [path, setPath] = useState("");
  const lacking = why || (path.trim().startsWith("/") ? "" : tell("page.bundle.path-why"));
  const fetchIt = () => perform("bundles/on-server", { path: path.trim() });
  return html`<form class="inline-form" onSubmit=${(event) => { event.preventDefault(); if (!lacking) fetchIt(); }}>
    <label for="bundle-path">${tell("page.bundle.path")}</label><input id="bundle-path" type="text" value=${path} placeholder="/media/usb/shop.bundle" onInput=${(event) => setPath(event.target.value)} />
    <${Button} why=${lacking} onClick=${fetchIt}>${tell("page.bundle.fetch")}<//></form>`;
}

export function Arrivals() {
  const known = imports.useImports();
  const why = may("operator", tell, "*");
  const choose = (event) => { if (event.target.files.length) imports.look(event.target.files); event.target.value = ""; };
  return html`<section class="panel"><h2>${tell("page.bundle.import")}</h2><p class="quiet">${tell("page.bundle.import-text")}</p>
    ${known.length > 0 && html`<ul class="arrivals">${known.map((one) => html`<${Arrival} key=${one.id} one=${one} />`)}</ul>`}
    <p class="actions">${why ? html`<${Button} why=${why}>${tell("page.bundle.choose")}<//>` : html`<label class="button primary">${tell("page.bundle.choose")}<input type="file" id="bundle-file" class="unseen" multiple onChange=${choose} /></label>`}</p>
    <${FromServer} why=${why} /><p class="quiet small">${tell("page.bundle.inbox")}</p></section>`;
}
