// One version of an application: what is in it, what bringing the application to it would do, and the file that carries it.

import { html, useState } from "../vendor/preact.js";
import { perform } from "../pieces/actions.js";
import { Ago, Button, Choice, Dialog, Heading, Loading, Name, ProblemBox } from "../pieces/basic.js";
import { DataAhead, behind, typedRight, unsaved } from "../pieces/data-ahead.js";
import { SecretValues, SiteValues, wrong } from "../pieces/site-values.js";
import { tell } from "../words.js";
import { useAhead } from "../page/ahead.js";
import * as api from "../page/api.js";
import { useRemote } from "../page/remote.js";
import { to } from "../page/router.js";
import { may, useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

const CAUSES = ["install", "upgrade", "rollback"];

function Changes({ found }) {
  const line = (key, text) => html`<li key=${key}>${text}</li>`;
  const rows = [
    ...found.changes.map((one) => html`<li key=${one.component}><strong><${Name}>${one.component}<//></strong>: ${tell(`page.version.${one.what}`)}${one.details.length > 0 && html`<span class="quiet small"> ${one.details.join(" · ")}</span>`}</li>`),
    ...found.kept.map((place) => line(`kept-${place}`, tell("page.version.kept", { place }))),
    ...found.own.map((name) => line(`own-${name}`, tell("page.version.own", { name }))),
  ];
  return html`<ul class="plan-rows">${rows.length ? rows : line("none", tell("page.compose.nothing"))}</ul>`;
}

function Disagreements({ found, answers, onChange }) {
  const both = found.disagreements;
  if (both.length === 0) return null;
  return html`<fieldset class="values"><legend>${tell("page.version.both")}</legend>${both.map(({ place, site, version }) => html`<div class="value" role="radiogroup" aria-label=${place} key=${place}><p><strong><${Name}>${place}<//></strong></p>
    ${[["site", site], ["version", version]].map(([whose, text]) => html`<label class="radio" key=${whose}><input type="radio" name=${`whose-${place}`} checked=${answers[place] === whose} onChange=${() => onChange(place, whose)} /> ${tell(`page.version.whose-${whose}`)} <code><${Name}>${text}<//></code></label>`)}</div>`)}</fieldset>`;
}

// What is asked and what would happen, for one of the three ways to bring an application there.
function Bring({ version, here, why }) {
  const [cause, setCause] = useState(here ? "upgrade" : "install");
  const [name, setName] = useState("");
  const [given, setGiven] = useState({ values: {}, secrets: {}, answers: {}, unsaved: {}, behind: {} });
  const [asking, setAsking] = useState(false);
  const change = (kind) => (key, text) => setGiven((before) => ({ ...before, [kind]: { ...before[kind], [key]: text } }));
  const filled = (kind) => Object.fromEntries(Object.entries(given[kind]).filter(([, text]) => text));
  const path = api.versionPath(version.application, version.number);
  const body = { name: cause === "install" && name ? name : null, values: filled("values"), secrets: filled("secrets"), answers: given.answers };
  const data = (found) => ({ without_backup: typedRight(unsaved(found.data), given.unsaved), restored: typedRight(behind(found.data), given.behind) });
  // An answer that is none yet is not asked about.
  const held = version.values.some((one) => wrong(one, given.values[one.name] || ""));
  const about = JSON.stringify([path, cause, body.name, Boolean(why)]);
  const { found, problem } = useAhead("POST", why || held ? null : `${path}/outlook`, { query: { cause }, body, deadline: 30_000 }, about);
  const values = found ? found.values : [];
  const bad = values.find((one) => wrong(one, given.values[one.name] || ""));
  const open = found && [...found.values.filter((one) => one.missing).map((one) => one.name), ...found.secrets, ...found.disagreements.filter((one) => !given.answers[one.place]).map((one) => one.place),
    ...unsaved(found.data).filter((name) => given.unsaved[name] !== name), ...behind(found.data).filter((name) => given.behind[name] !== name)];
  const not = why || (problem ? problem.message : !found ? tell("page.loading") : bad ? wrong(bad, given.values[bad.name]) : open.length ? tell("page.version.open-yet", { names: open }) : "");
  const target = body.name || version.application;
  return html`<section class="panel"><h2>${tell("page.version.bring")}</h2>
    <${Choice} label=${tell("page.version.bring")} options=${CAUSES.map((one) => ({ value: one, text: tell(`page.version.${one}`) }))} chosen=${cause} onChoose=${setCause} />
    <p class="quiet small">${tell(`page.version.${cause}-text`)}</p>
    ${cause === "install" && html`<p><label for="as">${tell("page.version.as")}</label> <input id="as" type="text" placeholder=${version.application} value=${name} onInput=${(event) => setName(event.target.value.trim())} /></p>`}
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    ${found && html`<h3>${found.before ? tell("page.version.from-to", { before: found.before, version: found.version }) : tell("page.version.what-changes")}</h3><${Changes} found=${found} />
      <${SiteValues} values=${values} given=${given.values} onChange=${change("values")} />
      <${SecretValues} names=${[...new Set([...found.secrets, ...Object.keys(given.secrets)])].sort()} given=${given.secrets} onChange=${change("secrets")} />
      <${Disagreements} found=${found} answers=${given.answers} onChange=${change("answers")} />
      <${DataAhead} data=${found.data} typed=${given} onChange=${change} />`}
    <p class="actions"><${Button} kind="primary" why=${not} onClick=${() => setAsking(true)}>${tell(`page.version.${cause}-now`, { name: target })}<//></p>
    ${not && !why && html`<p class="quiet small" role="status">${not}</p>`}
    ${asking && html`<${Dialog} title=${tell(`page.version.${cause}-now`, { name: target })} onClose=${() => setAsking(false)}><p>${tell("page.version.sure", { name: target, version: version.name })}</p><${Changes} found=${found} />
      <div class="dialog-foot"><button type="button" class="button" onClick=${() => setAsking(false)}>${tell("page.cancel")}</button>
      <${Button} kind="primary" onClick=${() => { setAsking(false); perform(`${path}/bring?cause=${cause}`, { ...body, ...data(found) }); }}>${tell(`page.version.${cause}`)}<//></div><//>`}</section>`;
}

function Export({ version, why }) {
  const [platforms, setPlatforms] = useState([]);
  const [have, setHave] = useState(null);
  const read = async (event) => { const [file] = event.target.files; try { setHave(file ? JSON.parse(await file.text()).have.map(String) : null); } catch { setHave(null); event.target.value = ""; } };
  const turn = (one) => setPlatforms((before) => (before.includes(one) ? before.filter((other) => other !== one) : [...before, one]));
  return html`<section class="panel"><h2>${tell("page.bundle.export")}</h2><p class="quiet">${tell("page.bundle.export-text")}</p>
    <fieldset class="values"><legend>${tell("page.bundle.platforms")}</legend>${[...new Set([...version.platforms, "linux/amd64", "linux/arm64"])].map((one) => html`<label class="radio" key=${one}><input type="checkbox" checked=${platforms.includes(one)} onChange=${() => turn(one)} /> ${one}</label>`)}</fieldset>
    <p><label for="have">${tell("page.bundle.have-of")}</label> <input id="have" type="file" accept=".json" onChange=${read} /></p>
    <p class="actions"><${Button} why=${why} onClick=${() => perform(`${api.versionPath(version.application, version.number)}/export`, { platforms, have: have || [] })}>${tell("page.bundle.export-now")}<//></p></section>`;
}

export default function Version({ params }) {
  const path = api.versionPath(params.application, params.version);
  const { data: version, problem } = useRemote(path);
  const here = useStore((known) => (known.applications || []).some((one) => one.name === params.application));
  const loaded = useStore((known) => known.applications !== null);
  const { data: differs } = useRemote(version && here ? `${path}/difference` : null, { query: { to: "live" } });
  const why = may("operator", tell, params.application);
  useTitle(`${version ? version.name : params.version} · ${params.application}`);
  if (!version || !loaded) return html`<${Heading}><${Name}>${params.application}<//><//><${Loading} problem=${problem} />`;
  const fact = (name, text) => html`<div class="fact"><dt>${name}</dt><dd>${text}</dd></div>`;
  return html`<div class="view-head"><nav class="crumbs" aria-label=${tell("page.nav.crumbs")}><a href="/bundles">${tell("page.nav.bundles")}</a></nav>
      <${Heading}><${Name}>${version.name}<//> <span class="quiet">· <${Name}>${version.application}<//></span><//><p class="quiet"><${Name}>${version.actor}<//> · <${Ago} at=${version.created} /></p></div>
    <dl class="facts card">${fact(tell("page.version.number"), version.number)}${fact(tell("page.version.origin"), version.origin || tell("page.version.made-here"))}${fact(tell("page.bundle.platforms"), version.platforms.join(", "))}${version.note && fact(tell("page.version.note"), version.note)}</dl>
    <section class="panel"><h2>${tell("page.application.components")}</h2><div class="scroll" tabindex="0" role="region" aria-label=${tell("page.application.components")}><table><tbody>${version.components.map(([name, runs]) => html`<tr key=${name}><th scope="row"><${Name}>${name}<//></th><td><${Name}>${runs}<//></td></tr>`)}</tbody></table></div>
      ${here && differs && html`<p class="quiet small">${differs.length === 0 ? tell("page.version.is-live") : tell("page.version.differs", { names: differs.map((one) => one.component) })}</p>`}</section>
    ${version.pruned ? html`<p class="problem-box">${tell("page.version.pruned")}</p>` : html`<${Bring} version=${version} here=${here} why=${why} /><${Export} version=${version} why=${why} />`}
    <p class="quiet small"><a href=${to.history({ application: version.application })}>${tell("page.version.reports")}</a></p>`;
}
