// Every deployment of the site, newest first, with filters that stand in the address, and as a sheet.

import { html, useState } from "../vendor/preact.js";
import { Ago, Empty, Heading, Loading, Name, State } from "../pieces/basic.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { useRemote } from "../page/remote.js";
import { go, to } from "../page/router.js";
import { useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

const PAGE = 100;
const PHASES = ["queued", "building", "awaiting-approval", "awaiting-window", "swapping", "live", "settled", "failed", "switched-back", "cancelled"];
const CAUSES = ["artifact", "spec", "rollback", "apply", "install", "upgrade", "adopt", "remove", "stop", "start", "repair", "restart", "backup", "restore", "version", "export"];

function Pick({ name, label, value, options, onChange }) {
  return html`<label>${label}<select name=${name} value=${value || ""} onChange=${(event) => onChange(event.target.value)}><option value="">${tell("page.history.all")}</option>${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}</select></label>`;
}

// A day of the reader's clock as a moment.
const moment = (day, plus) => { if (!day) return undefined; const at = new Date(`${day}T00:00:00`); at.setDate(at.getDate() + plus); return at.toISOString(); };

export default function History({ query }) {
  const views = useStore((known) => known.applications) || [];
  const newest = useStore((known) => known.deployments.map((one) => one.id + one.phase).join());
  const [limit, setLimit] = useState(PAGE);
  const asked = { application: query.application, component: query.component, actor: query.actor, cause: query.cause, phase: query.phase, since: moment(query.since, 0), until: moment(query.until, 1) };
  const { data, problem } = useRemote("deployments", { query: { limit, ...asked }, keys: [newest] });
  useTitle(tell("page.nav.history"));
  const change = (name) => (value) => go(to.history({ ...query, [name]: value }), { replace: true });
  const parts = (views.find((one) => one.name === query.application) || { components: [] }).components;
  const text = (name, type) => html`<label>${tell(`page.history.${name}`)}<input type=${type} name=${name} value=${query[name] || ""} onChange=${(event) => change(name)(event.target.value)} /></label>`;
  return html`<div class="view-head"><${Heading}>${tell("page.nav.history")}<//></div>
    <div class="filters" role="group" aria-label=${tell("page.history.filters")}>
      <${Pick} name="application" label=${tell("page.fact.application")} value=${query.application} options=${views.map((one) => [one.name, one.name])} onChange=${change("application")} />
      ${parts.length > 0 && html`<${Pick} name="component" label=${tell("page.fact.component")} value=${query.component} options=${parts.map((one) => [one.name, one.name])} onChange=${change("component")} />`}
      <${Pick} name="cause" label=${tell("page.fact.what")} value=${query.cause} options=${CAUSES.map((one) => [one, tell(`cause.${one}`)])} onChange=${change("cause")} />
      <${Pick} name="phase" label=${tell("page.fact.outcome")} value=${query.phase} options=${PHASES.map((one) => [one, tell(`phase.${one}`)])} onChange=${change("phase")} />
      ${text("actor", "text")}${text("since", "date")}${text("until", "date")}
      <span class="sheets">${["csv", "xlsx"].map((format) => html`<a key=${format} class="button" download href=${api.address("deployments/sheet", { ...asked, format })}>${tell(`page.sheet.${format}`)}</a>`)}</span>
    </div>
    ${!data ? html`<${Loading} problem=${problem} />` : data.length === 0 ? html`<${Empty}>${tell("page.history.none")}<//>` : html`<div class="scroll card history" tabindex="0" role="region" aria-label=${tell("page.nav.history")}><table>
      <thead><tr><th>${tell("page.fact.when")}</th><th>${tell("page.fact.component")}</th><th>${tell("page.fact.what")}</th><th>${tell("page.fact.who")}</th><th>${tell("page.fact.outcome")}</th></tr></thead>
      <tbody>${data.map((one) => html`<tr key=${one.id}><td><a href=${to.deployment(one.id)}><${Ago} at=${one.created} /><span class="unseen"> ${tell("page.history.open", { name: one.component || one.application })}</span></a></td><td><strong><${Name}>${one.component || one.application}<//></strong> ${one.component && html`<span class="quiet"><${Name}>${one.application}<//></span>`}</td><td>${tell(`cause.${one.cause}`)}</td><td><${Name}>${one.actor}<//> <span class="quiet">${one.door}</span></td><td><${State} state=${one.phase} kind="phase" />${one.error_message && html`<div class="quiet small">${one.error_message}</div>`}</td></tr>`)}</tbody></table></div>
      ${data.length === limit && limit < 500 && html`<p><button type="button" class="button" onClick=${() => setLimit(500)}>${tell("page.history.more")}</button></p>`}`}`;
}
