// Every deployment of the site, newest first, with filters that stand in the address.

import { html } from "../vendor/preact.js";
import { Ago, Empty, Heading, Loading, Name, State } from "../pieces/basic.js";
import { tell } from "../words.js";
import { address } from "../page/api.js";
import { useRemote } from "../page/remote.js";
import { go, to } from "../page/router.js";
import { useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

export default function History({ query }) {
  const views = useStore((known) => known.applications) || [];
  const newest = useStore((known) => known.deployments.map((one) => one.id + one.phase).join());
  const { data, problem } = useRemote("deployments", { query: { limit: 500, application: query.application, component: query.component }, keys: [newest] });
  useTitle(tell("page.nav.history"));
  const change = (name) => (event) => go(to.history({ ...query, [name]: event.target.value }), { replace: true });
  return html`<div class="view-head"><${Heading}>${tell("page.nav.history")}<//></div>
    <div class="filters"><label>${tell("page.fact.application")} <select value=${query.application || ""} onChange=${change("application")}><option value="">${tell("page.history.all")}</option>${views.map((one) => html`<option key=${one.name}>${one.name}</option>`)}</select></label>
      ${["csv", "xlsx"].map((format) => html`<a key=${format} class="button" download href=${address("deployments/sheet", { format, application: query.application, component: query.component })}>${tell(`page.sheet.${format}`)}</a>`)}</div>
    ${!data ? html`<${Loading} problem=${problem} />` : data.length === 0 ? html`<${Empty}>${tell("page.history.none")}<//>` : html`<div class="scroll" tabindex="0" role="region" aria-label=${tell("page.nav.history")}><table class="history">
      <thead><tr><th>${tell("page.fact.when")}</th><th>${tell("page.fact.component")}</th><th>${tell("page.fact.what")}</th><th>${tell("page.fact.who")}</th><th>${tell("page.fact.outcome")}</th></tr></thead>
      <tbody>${data.map((one) => html`<tr key=${one.id}><td><a href=${to.deployment(one.id)}><${Ago} at=${one.created} /></a></td><td><${Name}>${one.component || ""}<//> <span class="quiet"><${Name}>${one.application}<//></span></td><td>${tell(`cause.${one.cause}`)}</td><td>${one.actor} <span class="quiet">${one.door}</span></td><td><${State} state=${one.phase} kind="phase" /></td></tr>`)}</tbody></table></div>`}`;
}
