// A jar that nobody has becomes a new component of an application, or the first of a new one: a short form, filled in with
// what the jar itself tells, what it would do shown as one types.

import { html, useState } from "../vendor/preact.js";
import { Button, Dialog, Name, ProblemBox, visible } from "../pieces/basic.js";
import { useAhead } from "../page/ahead.js";
import * as api from "../page/api.js";
import { hurry } from "../page/news.js";
import { applicationOf, may, useStore } from "../page/store.js";
import { tell } from "../words.js";
import * as queue from "./queue.js";

const USUAL_PORT = 8080;
const SECRET = /pass|secret|token|key|credential/i;

// `order-service-1.4.2.jar` is called order-service.
const named = (text) => text.replace(/\.(jar|war)$/i, "").replace(/-v?[0-9].*$/i, "").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+|-+$/g, "").toLowerCase();
const linesOf = (text) => text.split("\n").map((one) => one.trim()).filter(Boolean);
const pairOf = (text) => { const at = text.indexOf("="); return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)]; };

function beginning(row, applications) {
  const { title = "", port = null, asks = [] } = row.foreseen || {};
  return {
    application: row.target?.application || applications[0]?.name || "", name: named(title || row.name), artifact: title, port: String(port || USUAL_PORT), published: "", health: "", memory: "512m",
    depends: [], asked: Object.fromEntries(asks.map((one) => [one, ""])), environment: "", mounts: "",
  };
}

function bodyOf(form) {
  const given = Object.entries(form.asked).filter(([, value]) => value !== "");
  const mounts = linesOf(form.mounts);
  return {
    name: form.name.trim(), artifact: form.artifact, port: Number(form.port) || null, depends_on: form.depends, environment: Object.fromEntries([...given, ...linesOf(form.environment).map(pairOf)]),
    memory: form.memory.trim() || null, ports: form.published.trim() ? [`${form.published.trim()}:${form.port}`] : null, health: form.health.trim() || null, mounts: mounts.length ? mounts : null,
  };
}

function Field({ id, label, kind = "text", value, onInput, ...more }) {
  return html`<div class="value"><label for=${id}>${label}</label><input id=${id} type=${kind} autocomplete="off" spellcheck="false" value=${value} onInput=${(event) => onInput(event.target.value)} ...${more} /></div>`;
}

function Depends({ view, form, set }) {
  const parts = view ? view.components : [];
  if (parts.length === 0) return null;
  const turn = (name, on) => set({ depends: on ? [...form.depends, name] : form.depends.filter((one) => one !== name) });
  return html`<fieldset><legend>${tell("page.adding.depends")}</legend>${parts.map(({ name }) => html`<label key=${name}><input type="checkbox" checked=${form.depends.includes(name)} onChange=${(event) => turn(name, event.target.checked)} /> <${Name}>${name}<//></label> `)}</fieldset>`;
}

export function NewComponent({ row, onClose }) {
  const applications = useStore((known) => known.applications) || [];
  const [form, setForm] = useState(() => beginning(row, applications));
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(null);
  const set = (changes) => { setFailed(null); setForm((before) => ({ ...before, ...changes })); };
  const view = useStore((known) => applicationOf(known, form.application));
  const why = may("operator", tell, form.application);
  const [body, path] = [bodyOf(form), `${api.applicationPath(form.application.trim())}/components`];
  const whole = form.application.trim() && body.name;
  const { found: plan, problem } = useAhead("POST", why || !whole ? null : path, { query: { plan: "true" }, body });
  const send = async () => {
    setBusy(true);
    try {
      const accepted = await api.post(path, body);
      hurry();
      onClose();
      queue.added(row, { application: form.application.trim(), component: body.name }, accepted.deployment.id);
    } catch (failure) { setFailed(failure); setBusy(false); }
  };
  const field = (key, more = {}) => html`<${Field} id=${`new-${key}`} label=${tell(`page.adding.${key}`)} value=${form[key]} onInput=${(value) => set({ [key]: value })} ...${more} />`;
  const not = why || (!whole ? tell("page.adding.name-it") : problem ? problem.message : !plan || busy ? tell("page.loading") : "");
  return html`<${Dialog} title=${tell("page.adding.title", { name: row.name })} onClose=${onClose}>
    <datalist id="new-applications">${applications.map(({ name }) => html`<option key=${name} value=${name}></option>`)}</datalist>
    <div class="value-row">${field("application", { list: "new-applications" })}${field("name")}${field("port", { inputmode: "numeric" })}${field("published", { inputmode: "numeric" })}${field("health", { placeholder: tell("page.configuration.by-itself") })}${field("memory")}</div>
    <${Depends} view=${view} form=${form} set=${set} />
    ${Object.keys(form.asked).length > 0 && html`<p>${tell("page.adding.asks")}</p><div class="value-row">${Object.entries(form.asked).map(([name, value]) => html`<${Field} key=${name} id=${`asked-${name}`} label=${visible(name)} kind=${SECRET.test(name) ? "password" : "text"} value=${value} onInput=${(text) => set({ asked: { ...form.asked, [name]: text } })} />`)}</div>`}
    ${["environment", "mounts"].map((key) => html`<div class="value" key=${key}><label for=${`new-${key}`}>${tell(`page.adding.${key}`)}</label><textarea id=${`new-${key}`} rows="2" spellcheck="false" value=${form[key]} onInput=${(event) => set({ [key]: event.target.value })}></textarea></div>`)}
    <${ProblemBox} problem=${failed || problem} />
    ${plan && html`<p class="plan-line" role="status">${tell(plan.new ? "page.adding.begins" : "page.adding.joins", { application: plan.application, name: body.name })}</p>`}
    ${plan && plan.warnings.map((text) => html`<p key=${text} class="quiet">${visible(text)}</p>`)}
    <p class="actions"><${Button} kind="primary" why=${not} onClick=${send}>${tell("page.adding.add")}<//><${Button} onClick=${onClose}>${tell("page.close")}<//></p>
  <//>`;
}
