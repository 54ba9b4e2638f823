// The site's own health: what was found when its server was looked at, each with its remedy, and its engines.

import { html } from "../vendor/preact.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { announce, announceProblem } from "../page/live.js";
import { useRemote } from "../page/remote.js";
import { may } from "../page/store.js";
import { Ago, Button, Dot, Empty, Loading, Name } from "./basic.js";

const TONE = { ok: "good", warn: "warn", bad: "bad" };
const WORST = ["bad", "warn", "ok"];
const SOON = 3_000;

const worstFirst = (findings) => WORST.flatMap((verdict) => findings.filter((one) => one.verdict === verdict));

export async function pruneNow(again) {
  try { await api.post("retention/prune"); announce(tell("page.room.prune-asked"), { tone: "good" }); again(); } catch (problem) { announceProblem(problem); }
}

function Finding({ one, again }) {
  const admin = may("admin", tell);
  return html`<li class="finding"><span class="state ${TONE[one.verdict]}"><${Dot} tone=${TONE[one.verdict]} />${tell(`page.health.${one.verdict}`)}</span>
    <strong>${one.subject}</strong><span class="grows"><${Name}>${one.text}<//>${one.remedy && html`<span class="remedy quiet">${one.remedy}</span>`}</span>
    ${one.button === "prune" && html`<${Button} why=${admin} onClick=${() => pruneNow(again)}>${tell("page.room.prune")}<//>`}</li>`;
}

// How many things want looking after, in a sentence; empty where nothing is known.
export function healthOf(found) {
  if (!found || found.at === null) return null;
  const count = (verdict) => found.findings.filter((one) => one.verdict === verdict).length;
  const [bad, warn] = [count("bad"), count("warn")];
  return { tone: bad ? "bad" : warn ? "warn" : "good", text: bad + warn === 0 ? tell("page.health.well") : tell("page.health.ill", { bad, warn }) };
}

export function Doctor() {
  const { data, problem, again } = useRemote("doctor", { every: SOON });
  const look = async () => { try { await api.post("doctor"); again(); } catch (failure) { announceProblem(failure); } };
  const health = healthOf(data);
  return html`<section class="panel" aria-label=${tell("page.system.doctor")}><div class="panel-head"><h2>${tell("page.system.doctor")}</h2>
      ${data && html`<${Button} why=${data.waits ? tell("page.health.looking") : ""} onClick=${look}>${tell("page.health.look")}<//>`}</div>
    ${!data ? html`<${Loading} problem=${problem} />` : data.at === null ? html`<${Empty}>${tell("page.health.never")}<//>`
      : html`<p>${health.text} <span class="quiet"><${Ago} at=${data.at} text=${"page.health.as-of"} /></span></p><ul class="rows findings">${worstFirst(data.findings).map((one, index) => html`<${Finding} key=${index} one=${one} again=${again} />`)}</ul>`}</section>`;
}

function Engine({ one }) {
  const tone = one.answers === null ? "calm" : one.answers ? "good" : "bad";
  return html`<h3><${Dot} tone=${tone} /> ${one.name}: ${tell(`page.health.engine-${one.answers === null ? "unknown" : one.answers ? "answers" : "mute"}`)}</h3>
    ${one.at && html`<p class="quiet small"><${Ago} at=${one.at} text=${"page.health.as-of"} /></p>`}
    <dl class="facts">${one.facts.map(([name, value], index) => html`<div key=${index}><dt>${name}</dt><dd><${Name}>${value}<//></dd></div>`)}</dl>`;
}

export function Engines() {
  const { data, problem } = useRemote("engines", { every: 15_000 });
  return html`<section class="panel" aria-label=${tell("page.health.engines")}><h2>${tell("page.health.engines")}</h2>
    ${data ? data.map((one) => html`<${Engine} key=${one.name} one=${one} />`) : html`<${Loading} problem=${problem} />`}</section>`;
}
