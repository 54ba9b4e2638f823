// What the site has of its own: base images, buildpacks, the watched folder, and the settings in force.

import { html, useState } from "../vendor/preact.js";
import { size, tell } from "../words.js";
import { useRemote } from "../page/remote.js";
import { to } from "../page/router.js";
import { Ago, Dot, Empty, Loading, Name } from "./basic.js";
import { End, SystemTable } from "./system-table.js";

const baseRow = (one, again) => html`<tr key=${one.name}><th scope="row"><${Name}>${one.name}<//><div class="quiet small"><${Name}>${one.source}<//></div></th><td>${one.kind}</td><td>${one.java_version || one.release || "–"}</td><td>${one.platform}</td><td class="number">${size(one.unpacked_size)}</td>
  <td>${one.built_on ? html`<span class="quiet">${tell("page.inventory.built-on")}</span>` : html`<${End} path=${`bases/${encodeURIComponent(one.name)}`} title=${`${tell("page.system.remove")}: ${one.name}`} text=${"page.inventory.base-text"} word=${"page.system.remove"} again=${again} />`}</td></tr>`;
export const Bases = () => html`<${SystemTable} title=${"page.inventory.bases"} path="bases" heads=${["page.system.name", "page.inventory.kind", "page.inventory.release", "page.inventory.platform", "page.inventory.size", "page.system.do"]} row=${baseRow} />`;

const packRow = (one, index) => html`<tr key=${index}><th scope="row">${one.fault ? html`<span class="chip bad">${tell("page.inventory.broken")}</span>` : one.name}</th><td>${one.file ? html`<${Name}>${one.file}<//>` : html`<span class="quiet">${tell("page.inventory.built-in")}</span>`}</td><td>${one.in_front_of.join(", ") || "–"}</td><td>${one.fault ? html`<span class="bad-text"><${Name}>${one.fault}<//></span> ${one.hint}` : one.recognises}</td></tr>`;
const numbered = (data) => data.map((one, index) => ({ ...one, index }));
export const Buildpacks = () => html`<${SystemTable} title=${"page.inventory.buildpacks"} path="buildpacks" rows=${numbered} heads=${["page.system.name", "page.inventory.from", "page.inventory.in-front-of", "page.inventory.recognises"]} row=${(one) => packRow(one, one.index)} />`;

const TONE = { waiting: "calm", deploying: "busy", deployed: "good", failed: "bad" };
const fileRow = (one) => html`<tr key=${one.path}><th scope="row"><${Name}>${one.path}<//></th><td><span class="state ${TONE[one.state]}"><${Dot} tone=${TONE[one.state]} />${tell(`page.inventory.${one.state}`)}</span></td><td>${one.deployment ? html`<a href=${to.deployment(one.deployment)}><${Ago} at=${one.at} /></a>` : html`<${Ago} at=${one.at} />`}</td><td><${Name}>${one.reason}<//> <span class="quiet"><${Name}>${one.hint}<//></span></td></tr>`;

function Inbox({ one }) {
  const heads = ["page.inventory.file", "page.inventory.state", "page.fact.when", "page.system.answer"];
  return html`<p><${Dot} tone=${one.usable ? "good" : "bad"} /> <code><${Name}>${one.folder}<//></code> ${!one.usable && html`<span class="bad-text">${tell("page.inventory.unusable")}</span>`}</p>
    ${one.subfolders.length > 0 && html`<p class="quiet small">${tell("page.inventory.subfolders", { names: one.subfolders })}</p>`}
    ${one.files.length === 0 ? html`<${Empty}>${tell("page.inventory.empty")}<//>` : html`<div class="scroll" tabindex="0" role="group" aria-label=${tell("page.inventory.inboxes")}><table><thead><tr>${heads.map((head) => html`<th key=${head}>${tell(head)}</th>`)}</tr></thead><tbody>${one.files.map(fileRow)}</tbody></table></div>`}
    ${one.count > one.files.length && html`<p class="quiet">${tell("page.inventory.more", { count: one.count - one.files.length })}</p>`}`;
}

export function Inboxes() {
  const { data, problem } = useRemote("inboxes", { every: 5_000 });
  return html`<section class="panel" aria-label=${tell("page.inventory.inboxes")}><h2>${tell("page.inventory.inboxes")}</h2>
    ${data ? data.map((one) => html`<${Inbox} key=${one.folder} one=${one} />`) : html`<${Loading} problem=${problem} />`}</section>`;
}

const settingRow = (one) => html`<tr key=${one.name}><th scope="row"><code>${one.name}</code></th><td><${Name}>${one.value}<//>${one.waits && html` <span class="chip warn">${tell("page.inventory.waits")}</span>`}</td><td><${Name}>${one.place}<//></td><td>${one.meaning}</td></tr>`;

export function Settings() {
  const { data, problem } = useRemote("settings", { every: 60_000 });
  const [search, setSearch] = useState("");
  const head = tell("page.inventory.settings");
  const wanted = search.trim().toLowerCase();
  const rows = data ? data.settings.filter((one) => `${one.name} ${one.value} ${one.meaning}`.toLowerCase().includes(wanted)) : [];
  const heads = ["page.system.name", "page.inventory.value", "page.inventory.from", "page.inventory.meaning"];
  return html`<section class="panel" aria-label=${head}><div class="panel-head"><h2>${head}</h2><label class="unseen" for="settings-search">${tell("page.inventory.search")}</label><input id="settings-search" type="search" placeholder=${tell("page.inventory.search")} value=${search} onInput=${(event) => setSearch(event.target.value)} /></div>
    ${!data ? html`<${Loading} problem=${problem} />` : html`${data.fault && html`<div class="problem-box" role="alert"><p>${data.fault}</p><p class="quiet">${data.hint}</p></div>`}
      ${rows.length === 0 ? html`<${Empty}>${tell("page.system.none")}<//>` : html`<div class="scroll" tabindex="0" role="group" aria-label=${head}><table class="settings"><thead><tr>${heads.map((one) => html`<th key=${one}>${tell(one)}</th>`)}</tr></thead><tbody>${rows.map(settingRow)}</tbody></table></div>`}`}</section>`;
}
