// What a component is configured to be, edited by a form: checked as one types, shown as a difference, brought live by a
// swap, taken back like any of it. Edits stand over the Compose file, also over the next one, and can be downloaded.

import { html, useState } from "../vendor/preact.js";
import { ComponentHead } from "../pieces/heads.js";
import { Ago, Button, Empty, Heading, Loading, Name, ProblemBox } from "../pieces/basic.js";
import { tell } from "../words.js";
import { useAhead } from "../page/ahead.js";
import * as api from "../page/api.js";
import { announceProblem } from "../page/live.js";
import { hurry } from "../page/news.js";
import { useRemote } from "../page/remote.js";
import { go, to } from "../page/router.js";
import { applicationOf, componentOf, may, useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const SIZE = /^[0-9]+(\.[0-9]+)?\s*([bkmg]b?)?$/i;
const SECRET = /pass|secret|token|key|credential/i;
const DOTS = "••••••";
const PLAIN = ["memory", "cpus", "health"];
const LISTS = ["ports", "mounts"];

// The site's own as a form has it: what is empty is as the file says.
const formOf = (change) => ({
  environment: change ? change.environment : {}, taken: change ? change.taken : [], secret: change ? change.secret : [],
  memory: change?.memory ?? "", cpus: change?.cpus ?? "", health: change?.health ?? "",
  ...Object.fromEntries(LISTS.map((key) => [key, change?.[key] ? change[key].join("\n") : null])),
});

const linesOf = (text) => (text === null ? null : text.split("\n").map((one) => one.trim()).filter(Boolean));

function bodyOf(form) {
  return { environment: form.environment, taken: form.taken, secret: form.secret, ...Object.fromEntries(LISTS.map((key) => [key, linesOf(form[key])])), ...Object.fromEntries(PLAIN.map((key) => [key, form[key].trim() || null])) };
}

// What is wrong as one types; the service looks at all of it again.
function faultOf(form) {
  if (form.memory.trim() && !SIZE.test(form.memory.trim())) return tell("page.configuration.no-size");
  if (form.cpus.trim() && !(Number(form.cpus) > 0)) return tell("page.configuration.no-cpus");
  if (form.health.trim() && !/^([0-9]+ )?\//.test(form.health.trim())) return tell("page.configuration.no-health");
  return "";
}

function Variable({ name, shown, secret, own, taken, why, onGive, onTake, onBack }) {
  const id = `variable-${name}`;
  const touched = own || taken;
  return html`<tr class=${touched ? "touched" : ""}><th scope="row"><label for=${id}><${Name}>${name}<//></label></th>
    <td><input id=${id} type=${secret ? "password" : "text"} autocomplete="off" spellcheck="false" disabled=${Boolean(why) || taken} value=${taken ? "" : shown} placeholder=${taken ? tell("page.configuration.taken") : secret ? DOTS : ""} onInput=${(event) => onGive(event.target.value)} /></td>
    <td>${touched ? html`<${Button} label=${`${tell("page.configuration.as-file")}: ${name}`} why=${why} onClick=${onBack}>${tell("page.configuration.as-file")}<//>` : html`<${Button} label=${`${tell("page.configuration.take")}: ${name}`} why=${why} onClick=${onTake}>${tell("page.configuration.take")}<//>`}</td></tr>`;
}

const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

function Environment({ found, form, setForm, why }) {
  const [fresh, setFresh] = useState("");
  const known = new Map(found.environment.map((one) => [one.name, one]));
  const names = [...new Set([...known.keys(), ...Object.keys(form.environment), ...form.taken])].sort();
  const edit = (changes) => setForm((before) => ({ ...before, ...changes(before) }));
  const give = (name) => (value) => edit((before) => ({ environment: { ...before.environment, [name]: value }, taken: before.taken.filter((one) => one !== name) }));
  const back = (name) => () => edit((before) => ({ environment: without(before.environment, name), secret: before.secret.filter((one) => one !== name), taken: before.taken.filter((one) => one !== name) }));
  const take = (name) => () => { back(name)(); edit((before) => ({ taken: [...before.taken, name] })); };
  const add = (event) => { event.preventDefault(); if (NAME.test(fresh) && !names.includes(fresh)) { give(fresh)(""); setFresh(""); } };
  return html`<section class="panel"><h2>${tell("page.configuration.environment")}</h2>
    <div class="scroll" tabindex="0" role="region" aria-label=${tell("page.configuration.environment")}><table class="variables"><tbody>${names.map((name) => {
      const one = known.get(name);
      const given = form.environment[name];
      return html`<${Variable} key=${name} name=${name} secret=${one ? one.value === null : SECRET.test(name)} shown=${given ?? (one && one.value !== null ? one.value : "")} own=${given !== undefined || form.secret.includes(name)} taken=${form.taken.includes(name)} why=${why} onGive=${give(name)} onTake=${take(name)} onBack=${back(name)} />`;
    })}</tbody></table></div>
    <form class="inline-form" onSubmit=${add}><label for="fresh">${tell("page.configuration.new")}</label><input id="fresh" type="text" spellcheck="false" value=${fresh} onInput=${(event) => setFresh(event.target.value.trim())} /><${Button} why=${why || (NAME.test(fresh) ? "" : tell("page.configuration.name-why"))} onClick=${add}>${tell("page.configuration.add")}<//></form>
    <p class="quiet small">${tell("page.configuration.secrets")}</p></section>`;
}

function Limits({ found, form, setForm, why }) {
  const set = (key) => (event) => setForm((before) => ({ ...before, [key]: event.target.value }));
  const now = { memory: found.memory === null ? tell("page.configuration.none") : `${Math.round(found.memory / 1048576)}m`, cpus: found.cpus ?? tell("page.configuration.none"), health: found.health || tell("page.configuration.by-itself") };
  const keys = found.is_jar ? PLAIN : ["memory", "cpus"];
  return html`<section class="panel"><h2>${tell("page.configuration.limits")}</h2><div class="value-row">${keys.map((key) => html`<div class="value" key=${key}><label for=${key}>${tell(`page.configuration.${key}`)}</label>
      <input id=${key} type="text" spellcheck="false" disabled=${Boolean(why)} placeholder=${String(now[key])} value=${form[key]} onInput=${set(key)} /></div>`)}</div>
    ${LISTS.map((key) => html`<div class="value" key=${key}><label for=${key}>${tell(`page.configuration.${key}`)}</label><textarea id=${key} rows="3" spellcheck="false" disabled=${Boolean(why)} value=${form[key] ?? found[key].join("\n")} onInput=${set(key)}></textarea>
      ${form[key] !== null && html`<p><${Button} label=${`${tell("page.configuration.as-file")}: ${tell(`page.configuration.${key}`)}`} onClick=${() => setForm((before) => ({ ...before, [key]: null }))}>${tell("page.configuration.as-file")}<//></p>`}</div>`)}
    ${found.kept_mounts.length > 0 && html`<h3>${tell("page.configuration.kept-mounts")}</h3><ul class="names">${found.kept_mounts.map((one) => html`<li key=${one}><${Name}>${one}<//></li>`)}</ul>`}</section>`;
}

function Changes({ found, why, onTakeBack }) {
  if (found.changes.length === 0) return html`<${Empty}>${tell("page.configuration.untouched")}<//>`;
  const said = (one) => [...Object.entries(one.environment).map(([name, value]) => `${name}=${value}`), ...one.secret.map((name) => `${name}=${DOTS}`), ...one.taken.map((name) => `−${name}`), ...PLAIN.filter((key) => one[key]).map((key) => `${tell(`page.configuration.${key}`)}: ${one[key]}`), ...LISTS.filter((key) => one[key]).map((key) => one[key].join(" "))];
  return html`<ol class="rows">${found.changes.map((one, index) => html`<li key=${one.number}><a href=${to.deployment(one.deployment)}><${Ago} at=${one.at} /></a> <span><${Name}>${one.actor}<//></span> <span class="quiet grows"><${Name}>${said(one).join(" · ") || tell("page.configuration.all-as-file")}<//>${one.reason && html` — <${Name}>${one.reason}<//>`}</span>
    ${index === 0 && html`<${Button} why=${why} onClick=${() => onTakeBack(found.changes[1])}>${tell("page.configuration.take-back")}<//>`}</li>`)}</ol>`;
}

function Form({ found, path, view, part, again }) {
  const [form, setForm] = useState(formOf(found.changes[0]));
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const why = may("operator", tell, view.name);
  const body = bodyOf(form);
  const fault = faultOf(form);
  const same = JSON.stringify(body) === JSON.stringify(bodyOf(formOf(found.changes[0])));
  const { found: plan, problem } = useAhead("PUT", why || fault || same ? null : `${path}/configuration`, { query: { plan: "true" }, body });
  const changed = plan ? plan.changed : [];
  const send = async () => {
    setBusy(true);
    try {
      const accepted = await api.put(`${path}/configuration`, { ...body, reason: reason.trim() });
      hurry();
      again();
      if (accepted.deployment) go(to.deployment(accepted.deployment.id));
    } catch (failure) { announceProblem(failure); setBusy(false); }
  };
  const not = why || fault || (same ? tell("page.configuration.same") : problem ? problem.message : !plan || busy ? tell("page.loading") : reason.trim() ? "" : tell("page.release.reason-why"));
  return html`<${Environment} found=${found} form=${form} setForm=${setForm} why=${why} /><${Limits} found=${found} form=${form} setForm=${setForm} why=${why} />
    <section class="panel plan"><h2>${tell("page.compose.plan")}</h2>${fault && html`<p class="bad-text" role="alert">${fault}</p>`}<${ProblemBox} problem=${problem} />
      ${same ? html`<p class="quiet">${tell("page.configuration.same")}</p>` : plan && changed.length === 0 ? html`<p>${tell("page.compose.nothing")}</p>` : changed.map((one) => html`<p key=${one.name}>${tell(one.gap ? "page.compose.changed-gap" : "page.compose.changed-one", { name: one.name, keys: one.keys })}</p>`)}
      <div class="value"><label for="why">${tell("page.release.reason")}</label><input id="why" type="text" maxlength="500" disabled=${Boolean(why)} value=${reason} onInput=${(event) => setReason(event.target.value)} /></div>
      <p class="actions"><${Button} kind="primary" why=${not} onClick=${send}>${tell("page.configuration.bring")}<//>${!same && html`<${Button} onClick=${() => setForm(formOf(found.changes[0]))}>${tell("page.configuration.forget")}<//>`}</p></section>
    <section class="panel"><div class="panel-head"><h2>${tell("page.configuration.history")}</h2><a class="button" download href=${api.address(`${api.applicationPath(view.name)}/own-changes`)}>${tell("page.configuration.download")}</a></div>
      <${Changes} found=${found} why=${why} onTakeBack=${(former) => { setForm(formOf(former)); setReason(tell("page.configuration.taken-back")); }} />
      <p class="quiet small">${tell("page.configuration.what")}</p></section>`;
}

export default function Configuration({ params }) {
  const view = useStore((known) => applicationOf(known, params.application));
  const part = useStore((known) => componentOf(known, params.application, params.component));
  const path = api.componentPath(params.application, params.component);
  const newest = part && part.deployment ? part.deployment.id + part.deployment.phase : "";
  const { data: found, problem, again } = useRemote(`${path}/configuration`, { keys: [newest] });
  useTitle(`${tell("page.nav.configuration")} · ${params.component}`);
  return html`${part ? html`<${ComponentHead} view=${view} part=${part} at="configuration" />` : html`<${Heading}><${Name}>${params.component}<//><//>`}
    ${found && view ? html`<${Form} key=${found.changes.length} found=${found} path=${path} view=${view} part=${part} again=${again} />` : html`<${Loading} problem=${problem} />`}`;
}
