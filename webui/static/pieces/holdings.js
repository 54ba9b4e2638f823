// What fills the site's disk, and how much is kept: the rule as a form, and what goes by it.

import { html, useEffect, useState } from "../vendor/preact.js";
import { size, tell } from "../words.js";
import * as api from "../page/api.js";
import { announce, announceProblem } from "../page/live.js";
import { useRemote } from "../page/remote.js";
import { may } from "../page/store.js";
import { Confirm } from "./actions.js";
import { Button, Empty, Loading, Name } from "./basic.js";
import { pruneNow } from "./checkup.js";

const KEYS = ["releases", "versions", "history"];
const MOST = { releases: 10_000, versions: 10_000, history: 36_500 };

function Bars({ rows, label }) {
  const most = Math.max(1, ...rows.map((one) => one.size));
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${label}><table class="bars"><tbody>${rows.map((one) => html`<tr key=${one.name}><th scope="row"><${Name}>${one.name}<//></th>
    <td class="share"><div class="bar"><span style=${{ width: `${Math.max(0.5, (one.size / most) * 100)}%` }}></span></div></td><td class="number">${size(one.size)}</td><td class="number quiet">${one.more}</td></tr>`)}</tbody></table></div>`;
}

export function Filled() {
  const { data, problem } = useRemote("room/filled", { every: 60_000 });
  const head = tell("page.room.filled");
  if (!data) return html`<section class="panel" aria-label=${head}><h2>${head}</h2><${Loading} problem=${problem} /></section>`;
  const rows = data.filled.map((one) => ({ name: tell(`page.room.of-${one.what}`), size: one.size, more: tell("page.room.files", { files: one.files }) }));
  const all = [...rows, { name: tell("page.room.elsewhere"), size: data.elsewhere, more: "" }];
  const mine = data.applications.map((one) => ({ name: one.application, size: one.size, more: tell("page.room.releases", { releases: one.releases }) }));
  return html`<section class="panel" aria-label=${head}><h2>${head}</h2><${Bars} rows=${all} label=${head} />
    ${mine.length > 0 && html`<h3>${tell("page.room.by-application")}</h3><p class="quiet small">${tell("page.room.shared")}</p><${Bars} rows=${mine} label=${tell("page.room.by-application")} />`}</section>`;
}

function Going({ data }) {
  const names = [...data.going_releases.map((one) => tell("page.room.release", { number: one.number, component: one.component, application: one.application, file: one.filename })), ...data.going_versions.map((one) => tell("page.room.version", { name: one.name, application: one.application }))];
  const nothing = names.length === 0 && data.going_files === 0 && data.going_images === 0;
  return html`<h3>${tell("page.room.going")}</h3>${nothing ? html`<${Empty}>${tell("page.room.nothing-goes")}<//>` : html`<p>${tell("page.room.goes", { releases: data.going_releases.length, versions: data.going_versions.length, files: data.going_files, images: data.going_images, size: data.going_size })}</p>`}
    ${names.length > 0 && html`<details class="decision"><summary>${tell("page.room.which")}</summary><ul class="names" tabindex="0" role="group" aria-label=${tell("page.room.which")}>${names.map((one) => html`<li key=${one}><${Name}>${one}<//></li>`)}</ul></details>`}`;
}

const faulty = (form) => KEYS.some((key) => !/^[0-9]+$/.test(form[key]) || Number(form[key]) < 1 || Number(form[key]) > MOST[key]);

export function Retention() {
  const { data, problem, again } = useRemote("retention", { every: 15_000 });
  const [form, setForm] = useState(null);
  const [asking, setAsking] = useState(false);
  const admin = may("admin", tell);
  const kept = data && JSON.stringify(KEYS.map((key) => data[key]));
  useEffect(() => { if (data) setForm(Object.fromEntries(KEYS.map((key) => [key, String(data[key])]))); }, [kept]);
  const head = tell("page.room.retention");
  if (!data || !form) return html`<section class="panel" aria-label=${head}><h2>${head}</h2><${Loading} problem=${problem} /></section>`;
  const same = KEYS.every((key) => form[key] === String(data[key]));
  const change = async (act) => { try { await act(); announce(tell("page.room.kept"), { tone: "good" }); again(); } catch (failure) { announceProblem(failure); } };
  const keep = () => change(() => api.put("retention", Object.fromEntries(KEYS.map((key) => [key, Number(form[key])]))));
  const why = admin || (faulty(form) ? tell("page.room.no-number") : same ? tell("page.configuration.same") : "");
  return html`<section class="panel" aria-label=${head}><h2>${head}</h2><div class="value-row">${KEYS.map((key) => html`<div class="value" key=${key}><label for=${`keep-${key}`}>${tell(`page.room.keep-${key}`)}</label><input id=${`keep-${key}`} type="number" min="1" max=${MOST[key]} disabled=${Boolean(admin)} value=${form[key]} onInput=${(event) => setForm({ ...form, [key]: event.target.value.trim() })} /></div>`)}</div>
    <p class="quiet small">${tell(data.set_here ? "page.room.set-here" : "page.room.set-by-settings")} ${tell("page.room.always")}</p>
    <p class="actions"><${Button} kind="primary" why=${why} onClick=${keep}>${tell("page.room.keep")}<//>${data.set_here && html`<${Button} why=${admin} onClick=${() => change(() => api.remove("retention"))}>${tell("page.room.as-settings")}<//>`}
      <${Button} why=${admin || (data.waits ? tell("page.room.prune-asked") : "")} onClick=${() => setAsking(true)}>${tell("page.room.prune")}<//></p>
    <${Going} data=${data} />
    ${asking && html`<${Confirm} title=${tell("page.room.prune")} text=${tell("page.room.prune-text", { size: data.going_size })} yes=${tell("page.room.prune")} onYes=${() => pruneNow(again)} onClose=${() => setAsking(false)} />`}</section>`;
}
