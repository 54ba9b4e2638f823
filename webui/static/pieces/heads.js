// The heads of the views of an application and of a component: where one is, how it stands, and the ways on.

import { html } from "../vendor/preact.js";
import { tell } from "../words.js";
import { unseenSince, useNow, useStore } from "../page/store.js";
import { to } from "../page/router.js";
import { clock } from "../page/time.js";
import { Dot, Heading, Name, State } from "./basic.js";
import { sentence, tally } from "./condition.js";

function AsOf({ view }) {
  const since = useStore((known) => unseenSince(known, view));
  if (!since) return null;
  return html`<p class="as-of" role="status">${tell("page.as-of", { time: clock(since) })}${view.problem && html` · ${view.problem}`}</p>`;
}

const tab = (key, address, at) => html`<li><a href=${address} aria-current=${key === at ? "page" : undefined}>${tell(`page.tab.${key}`)}</a></li>`;

export function ApplicationHead({ view, at, children }) {
  const now = useNow();
  const { tone, running, all } = tally(view);
  return html`<div class="view-head"><nav class="crumbs" aria-label=${tell("page.nav.crumbs")}><a href="/">${tell("page.nav.home")}</a></nav>
    <${Heading}><${Dot} tone=${tone} /><${Name}>${view.name}<//><//><p class="quiet">${tell("page.running-of", { running, all })} · ${sentence(view, now)}</p></div>
    <${AsOf} view=${view} />
    <nav class="tabs" aria-label=${view.name}><ul>${tab("overview", to.application(view.name), at)}${tab("compose", to.compose(view.name), at)}${tab("history", to.history({ application: view.name }), at)}</ul>${children}</nav>`;
}

export function ComponentHead({ view, part, at }) {
  const address = (key) => to[key](view.name, part.name);
  return html`<div class="view-head"><nav class="crumbs" aria-label=${tell("page.nav.crumbs")}><a href="/">${tell("page.nav.home")}</a><span aria-hidden="true">/</span><a href=${to.application(view.name)}><${Name}>${view.name}<//></a></nav>
    <${Heading}><${Name}>${part.name}<//><//><${State} state=${part.state} /></div>
    <${AsOf} view=${view} />
    <nav class="tabs" aria-label=${part.name}><ul>${tab("component", address("component"), at)}${tab("log", address("log"), at)}
      ${part.kind === "jar" && tab("releases", address("releases"), at)}${tab("configuration", address("configuration"), at)}${tab("history", to.history({ application: view.name, component: part.name }), at)}</ul></nav>`;
}
