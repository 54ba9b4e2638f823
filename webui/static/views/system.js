// The site itself: whether it is ready, its room on the disk, who may do what, and who did what.

import { html, useState } from "../vendor/preact.js";
import { Ago, Button, Empty, Heading, Loading, Name } from "../pieces/basic.js";
import { Confirm } from "../pieces/actions.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { announce, announceProblem } from "../page/live.js";
import { may } from "../page/store.js";
import { useRemote } from "../page/remote.js";
import { useTitle } from "../page/title.js";

const EVERY = 15_000;

// A list that the service gives, or why it gives none.
function Table({ title, path, query, heads, row }) {
  const { data, problem, again } = useRemote(path, { query, every: EVERY });
  const head = tell(title);
  return html`<section class="panel" aria-label=${head}><h2>${head}</h2>
    ${!data ? html`<${Loading} problem=${problem} />` : data.length === 0 ? html`<${Empty}>${tell("page.system.none")}<//>`
      : html`<div class="scroll" tabindex="0" role="group" aria-label=${head}><table><thead><tr>${heads.map((one) => html`<th key=${one}>${tell(one)}</th>`)}</tr></thead><tbody>${data.map((one) => row(one, again))}</tbody></table></div>`}</section>`;
}

function End({ path, title, again }) {
  const [asking, setAsking] = useState(false);
  const end = async () => {
    try { await api.remove(path); announce(tell("page.system.ended"), { tone: "good" }); again(); } catch (problem) { announceProblem(problem); }
  };
  return html`<${Button} kind="danger" label=${title} why=${may("admin", tell)} onClick=${() => setAsking(true)}>${tell("page.system.end")}<//>
    ${asking && html`<${Confirm} title=${title} text=${tell("page.system.end-text")} yes=${tell("page.system.end")} kind="danger" onYes=${end} onClose=${() => setAsking(false)} />`}`;
}

const tokenRow = (one, again) => html`<tr key=${one.name}><td><${Name}>${one.name}<//></td><td>${tell(`role.${one.role}`)}</td><td>${one.applications ? one.applications.join(", ") : tell("page.system.all")}</td>
  <td>${one.last_used ? html`<${Ago} at=${one.last_used} />` : tell("page.system.never")}</td><td><${End} path=${`tokens/${encodeURIComponent(one.name)}`} title=${tell("page.system.end-token", { name: one.name })} again=${again} /></td></tr>`;
const sessionRow = (one, again) => html`<tr key=${one.id}><td><${Name}>${one.name}<//></td><td>${one.address}</td><td><${Ago} at=${one.used} /></td>
  <td><${End} path=${`sessions/${encodeURIComponent(one.id)}`} title=${tell("page.system.end-session", { name: one.name })} again=${again} /></td></tr>`;
const auditRow = (one) => html`<tr key=${one.number}><td><${Ago} at=${one.at} /></td><td><${Name}>${one.actor}<//></td><td>${one.action}</td><td><${Name}>${one.target}<//></td><td>${one.address}</td></tr>`;

export default function System() {
  useTitle(tell("page.nav.system"));
  const admin = may("admin", tell);
  return html`<div class="view-head"><${Heading}>${tell("page.nav.system")}<//></div>
    ${admin ? html`<${Empty}>${admin}<//>` : html`
    <${Table} title=${"page.system.tokens"} path="tokens" heads=${["page.system.name", "page.system.role", "page.fact.application", "page.system.used", "page.system.do"]} row=${tokenRow} />
    <${Table} title=${"page.system.sessions"} path="sessions" heads=${["page.system.name", "page.system.address", "page.system.used", "page.system.do"]} row=${sessionRow} />
    <${Table} title=${"page.system.audit"} path="audit" query=${{ limit: 100 }} heads=${["page.fact.when", "page.fact.who", "page.fact.what", "page.system.target", "page.system.address"]} row=${auditRow} />`}
    <section class="panel"><h2>${tell("page.system.doctor")}</h2><p>${tell("page.by-command")}</p><pre class="code">buildsvc doctor</pre></section>`;
}
