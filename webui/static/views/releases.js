// The releases of a component: what each was, how long it served, how two differ, and the way back with what it changes.

import { html, useState } from "../vendor/preact.js";
import { perform } from "../pieces/actions.js";
import { Ago, Button, Dialog, Empty, Heading, Loading, Name } from "../pieces/basic.js";
import { Difference } from "../pieces/difference.js";
import { ComponentHead } from "../pieces/heads.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { useRemote } from "../page/remote.js";
import { go, to, withQuery } from "../page/router.js";
import { applicationOf, componentOf, may, useNow, useStore } from "../page/store.js";
import { age, whole } from "../page/time.js";
import { useTitle } from "../page/title.js";

// Who brought each release and when, out of the deployments; it served until the next one that did.
function served(releases, deployments, now) {
  const spans = new Map();
  const brought = deployments.filter((one) => one.release !== null && one.live_at).sort((a, b) => (a.live_at < b.live_at ? 1 : -1));
  let until = now;
  for (const one of brought) {
    const known = spans.get(one.release) || { seconds: 0, actor: one.actor, at: one.live_at };
    known.seconds += Math.max(0, (until - new Date(one.live_at)) / 1000);
    spans.set(one.release, known);
    until = new Date(one.live_at);
  }
  return spans;
}

function Row({ release, span, why, path, chosen, onChoose, onBack }) {
  return html`<li class="release" data-live=${release.live ? "yes" : undefined}>
    <input type="checkbox" checked=${chosen} aria-label=${tell("page.release.choose", { number: release.number })} onChange=${onChoose} />
    <span class="number">${release.number}</span>
    <span class="release-what"><strong><${Name}>${release.filename}<//></strong>${release.version && html` <span class="quiet"><${Name}>${release.version}<//></span>`}
      <span class="quiet small release-who">${span ? tell("page.release.by", { actor: span.actor }) : ""} <${Ago} at=${release.created} />${span ? ` · ${tell("page.release.served", { age: age(span.seconds) })}` : ""}</span></span>
    <span class="quiet">Java ${release.java}</span>
    <a class="small" href=${api.address(`${path}/releases/${release.number}/sbom`)} download=${`${release.filename}.cdx.json`} aria-label=${tell("page.release.bill-of", { number: release.number })}>${tell("page.release.bill")}</a>
    <span class="release-act">${release.live ? html`<span class="chip good">${tell("page.release.live")}</span>` : release.pruned ? html`<span class="chip">${tell("page.release.pruned")}</span>` : !release.served ? html`<span class="chip">${tell("page.release.never")}</span>`
      : html`<${Button} why=${why} label=${`${tell("page.release.back")}: ${tell("page.component.release", { number: release.number })}`} onClick=${onBack}>${tell("page.release.back")}<//>`}</span>
  </li>`;
}

function Back({ part, path, number, releases, onClose }) {
  const [reason, setReason] = useState("");
  const now = useNow();
  const live = releases.find((one) => one.live);
  const aim = releases.find((one) => one.number === number);
  const atOnce = part.undo_until && new Date(part.undo_until) > now;
  const { data } = useRemote("deployments", { query: { application: part.application, component: part.name, cause: "rollback", limit: 5 } });
  const took = (data || []).filter((one) => one.live_at).map((one) => (new Date(one.live_at) - new Date(one.created)) / 1000).sort((a, b) => a - b);
  const long = atOnce ? tell("page.release.at-once") : took.length ? tell("page.release.usually", { age: age(took[Math.floor(took.length / 2)]) }) : tell("page.release.as-start");
  return html`<${Dialog} title=${tell("page.release.back-to", { number })} kind="wide" onClose=${onClose}>
    ${live && html`<${Difference} path=${path} before=${live} after=${aim} />`}
    <p>${tell("page.release.back-text")} ${long}</p>
    <label for="reason">${tell("page.release.reason")}</label><input id="reason" type="text" maxlength="200" value=${reason} onInput=${(event) => setReason(event.target.value)} />
    <div class="dialog-foot"><button type="button" class="button" onClick=${onClose}>${tell("page.cancel")}</button>
      <${Button} kind="primary" why=${reason.trim() ? "" : tell("page.release.reason-why")} onClick=${() => { onClose(); perform(`${path}/rollback`, { to: number, reason: reason.trim() }); }}>${tell("page.release.back-yes", { number })}<//></div><//>`;
}

export default function Releases({ params, query }) {
  const view = useStore((known) => applicationOf(known, params.application));
  const part = useStore((known) => componentOf(known, params.application, params.component));
  const [asking, setAsking] = useState(0);
  const now = useNow();
  const path = api.componentPath(params.application, params.component);
  const keys = [part && part.release, part && part.deployment && part.deployment.phase];
  const { data, problem } = useRemote(`${path}/releases`, { keys });
  const { data: past } = useRemote("deployments", { query: { application: params.application, component: params.component, limit: 500 }, keys });
  const why = may("operator", tell);
  useTitle(`${tell("page.tab.releases")} · ${params.component}`);
  const chosen = (query.compare || "").split(",").map(Number).filter(Boolean);
  const choose = (number) => {
    const next = chosen.includes(number) ? chosen.filter((one) => one !== number) : [...chosen, number].slice(-2);
    go(withQuery(to.releases(params.application, params.component), { compare: next.join(",") }), { replace: true });
  };
  const spans = served(data || [], past || [], now);
  const two = (data || []).filter((one) => chosen.includes(one.number)).sort((a, b) => a.number - b.number);
  return html`${part ? html`<${ComponentHead} view=${view} part=${part} at="releases" />` : html`<${Heading}><${Name}>${params.component}<//><//>`}
    ${!data ? html`<${Loading} problem=${problem} />` : data.length === 0 ? html`<${Empty}>${tell("page.release.none")}<//>`
      : html`<p class="quiet small">${tell("page.release.choose-two")}</p><ol class="releases">${data.map((one) => html`<${Row} key=${one.number} release=${one} span=${spans.get(one.number)} path=${path} why=${why} chosen=${chosen.includes(one.number)} onChoose=${() => choose(one.number)} onBack=${() => setAsking(one.number)} />`)}</ol>`}
    ${two.length === 2 && html`<section class="panel"><h2>${tell("page.difference.title", { before: two[0].number, after: two[1].number })}</h2><${Difference} path=${path} before=${two[0]} after=${two[1]} /></section>`}
    ${asking > 0 && part && html`<${Back} part=${{ ...part, application: params.application }} path=${path} number=${asking} releases=${data} onClose=${() => setAsking(0)} />`}`;
}
