// Persons: added, given roles, unlocked, given a new first password, removed.

import { html, useState } from "../vendor/preact.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { announce, announceProblem } from "../page/live.js";
import { Ago, Button, Dialog, Name } from "./basic.js";
import { End, Once, SystemTable } from "./system-table.js";
import { RoleChoice } from "./tokens.js";

const path = (one, more = "") => `persons/${encodeURIComponent(one.name)}${more}`;

function Add({ again }) {
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState(null);
  const [form, setForm] = useState({ name: "", role: "developer" });
  const add = async () => {
    try {
      setMade(await api.post("persons", { name: form.name.trim(), roles: { "*": form.role } }));
      setAdding(false);
      again();
    } catch (problem) { announceProblem(problem); }
  };
  return html`<${Button} onClick=${() => setAdding(true)}>${tell("page.system.person-new")}<//>
    ${adding && html`<${Dialog} title=${tell("page.system.person-new")} onClose=${() => setAdding(false)}>
      <label for="person-name">${tell("page.system.name")}</label><input id="person-name" type="text" value=${form.name} onInput=${(event) => setForm({ ...form, name: event.target.value })} />
      <label for="person-role">${tell("page.system.role")}</label><${RoleChoice} id="person-role" role=${form.role} onChange=${(role) => setForm({ ...form, role })} />
      <div class="dialog-foot"><button type="button" class="button" onClick=${() => setAdding(false)}>${tell("page.cancel")}</button><${Button} kind="primary" why=${form.name.trim() ? "" : tell("page.system.name-first")} onClick=${add}>${tell("page.system.person-add")}<//></div><//>`}
    ${made && html`<${Once} title=${tell("page.system.password-of", { name: made.person.name })} text=${tell("page.system.once")} secret=${made.password} onClose=${() => setMade(null)} />`}`;
}

function Change({ one, again }) {
  const [open, setOpen] = useState(false);
  const [form, setForm] = useState({ role: "developer", application: "" });
  const [made, setMade] = useState(null);
  const act = (ask) => async () => { try { const got = await ask(); if (got && got.password) setMade(got); else announce(tell("page.system.done"), { tone: "good" }); again(); } catch (problem) { announceProblem(problem); } };
  const give = act(() => api.post(path(one, "/role"), { role: form.role, application: form.application.trim() || null }));
  return html`<${Button} label=${`${tell("page.system.change")}: ${one.name}`} onClick=${() => setOpen(true)}>${tell("page.system.change")}<//>
    ${open && html`<${Dialog} title=${`${tell("page.system.change")}: ${one.name}`} onClose=${() => setOpen(false)}>
      <label for="new-role">${tell("page.system.role")}</label><${RoleChoice} id="new-role" role=${form.role} more=${["auditor", "none"]} onChange=${(role) => setForm({ ...form, role })} />
      <label for="where">${tell("page.system.where")}</label><input id="where" type="text" value=${form.application} onInput=${(event) => setForm({ ...form, application: event.target.value })} />
      <div class="dialog-foot"><${Button} kind="primary" onClick=${give}>${tell("page.system.give")}<//></div>
      <p class="actions">${one.locked > 0 && html`<${Button} onClick=${act(() => api.post(path(one, "/unlock")))}>${tell("page.system.unlock")}<//>`}
        ${one.proven_by === "password" && html`<${Button} onClick=${act(() => api.post(path(one, "/password")))}>${tell("page.system.password-new")}<//>`}
        ${one.second_factor && html`<${Button} onClick=${act(() => api.remove(path(one, "/second-factor")))}>${tell("page.system.codes-away")}<//>`}
        <${End} path=${path(one)} title=${`${tell("page.system.remove")}: ${one.name}`} text=${"page.system.person-text"} word=${"page.system.remove"} again=${() => { setOpen(false); again(); }} /></p><//>`}
    ${made && html`<${Once} title=${tell("page.system.password-of", { name: one.name })} text=${tell("page.system.once")} secret=${made.password} onClose=${() => setMade(null)} />`}`;
}

const roles = (one) => [...Object.entries(one.roles).map(([where, role]) => `${tell(`role.${role}`)}${where === "*" ? "" : ` (${where})`}`), ...(one.auditor ? [tell("page.system.role-auditor")] : [])].join(", ");
const row = (one, again) => html`<tr key=${one.name}><td><${Name}>${one.name}<//>${one.locked > 0 && html` <span class="chip bad">${tell("page.system.locked")}</span>`}</td><td>${roles(one)}</td><td>${one.last_used ? html`<${Ago} at=${one.last_used} />` : tell("page.system.never")}</td><td>${one.second_factor ? tell("page.system.yes") : "–"}</td><td><${Change} one=${one} again=${again} /></td></tr>`;

export const Persons = () => html`<${SystemTable} title=${"page.system.people"} path="persons" heads=${["page.system.name", "page.system.role", "page.system.used", "page.system.codes", "page.system.do"]} row=${row} head=${(again) => html`<${Add} again=${again} />`} />`;
