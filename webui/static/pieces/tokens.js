// Tokens of machines, and who is signed in.

import { html, useState } from "../vendor/preact.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { announceProblem } from "../page/live.js";
import { ROLES } from "../page/store.js";
import { Ago, Button, Dialog, Name } from "./basic.js";
import { End, Once, SystemTable } from "./system-table.js";

const DAY = 86_400;
const names = (text) => text.split(/[\s,]+/).filter(Boolean);

export const RoleChoice = ({ id, role, onChange, more = [] }) => html`<select id=${id} value=${role} onChange=${(event) => onChange(event.target.value)}>${[...ROLES, ...more].map((one) => html`<option key=${one} value=${one} selected=${one === role}>${tell(more.includes(one) ? `page.system.role-${one}` : `role.${one}`)}</option>`)}</select>`;

function Make({ onMade, onClose }) {
  const [form, setForm] = useState({ name: "", role: "developer", applications: "", days: "90" });
  const set = (key) => (value) => setForm((before) => ({ ...before, [key]: value }));
  const field = (key, type) => html`<label for=${`token-${key}`}>${tell(`page.system.token-${key}`)}</label><input id=${`token-${key}`} type=${type} value=${form[key]} onInput=${(event) => set(key)(event.target.value)} />`;
  const make = async () => {
    const applications = names(form.applications);
    try {
      onMade(await api.post("tokens", { name: form.name.trim(), role: form.role, applications: applications.length ? applications : null, expires: Number(form.days) > 0 ? Number(form.days) * DAY : null }));
    } catch (problem) { announceProblem(problem); }
  };
  return html`<${Dialog} title=${tell("page.system.token-new")} onClose=${onClose}>${field("name", "text")}
    <label for="token-role">${tell("page.system.role")}</label><${RoleChoice} id="token-role" role=${form.role} onChange=${set("role")} />${field("applications", "text")}${field("days", "number")}
    <div class="dialog-foot"><button type="button" class="button" onClick=${onClose}>${tell("page.cancel")}</button><${Button} kind="primary" why=${form.name.trim() ? "" : tell("page.system.name-first")} onClick=${make}>${tell("page.system.token-make")}<//></div><//>`;
}

function New({ again }) {
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState(null);
  return html`<${Button} onClick=${() => setMaking(true)}>${tell("page.system.token-new")}<//>
    ${making && html`<${Make} onClose=${() => setMaking(false)} onMade=${(one) => { setMaking(false); setMade(one); again(); }} />`}
    ${made && html`<${Once} title=${tell("page.system.token-of", { name: made.view.name })} text=${tell("page.system.once")} secret=${made.token} onClose=${() => setMade(null)} />`}`;
}

const tokenRow = (one, again) => html`<tr key=${one.name}><td><${Name}>${one.name}<//></td><td>${tell(`role.${one.role}`)}</td><td>${one.applications ? one.applications.join(", ") : tell("page.system.all")}</td>
  <td>${one.last_used ? html`<${Ago} at=${one.last_used} />` : tell("page.system.never")}</td><td><${End} path=${`tokens/${encodeURIComponent(one.name)}`} title=${tell("page.system.end-token", { name: one.name })} again=${again} /></td></tr>`;
const sessionRow = (one, again) => html`<tr key=${one.id}><td><${Name}>${one.name}<//></td><td>${one.address}</td><td><${Ago} at=${one.used} /></td>
  <td><${End} path=${`sessions/${encodeURIComponent(one.id)}`} title=${tell("page.system.end-session", { name: one.name })} again=${again} /></td></tr>`;

export const Tokens = () => html`<${SystemTable} title=${"page.system.tokens"} path="tokens" heads=${["page.system.name", "page.system.role", "page.fact.application", "page.system.used", "page.system.do"]} row=${tokenRow} head=${(again) => html`<${New} again=${again} />`} />`;
export const Sessions = () => html`<${SystemTable} title=${"page.system.sessions"} path="sessions" heads=${["page.system.name", "page.system.address", "page.system.used", "page.system.do"]} row=${sessionRow} />`;
