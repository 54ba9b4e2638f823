// The Compose file of an application, or the first one of an empty site: written or chosen here, its faults at their
// lines, and what would change before anything does.

import { html, useRef, useState } from "../vendor/preact.js";
import { Button, Heading, ProblemBox, visible } from "../pieces/basic.js";
import { ApplicationHead } from "../pieces/heads.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { hurry } from "../page/news.js";
import { go, to } from "../page/router.js";
import { applicationOf, may, useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

const SAMPLE = `name: shop
services:
  order:
    x-buildsvc: {artifact: order-service}
    ports: ["8080:8080"]
    mem_limit: 512m
`;
const DEADLINE = 60_000;

// Each fault with its line, where the service says one; the first one is where the cursor goes.
function faultsOf(problem) {
  const { faults, fault, line } = problem.values || {};
  if (Array.isArray(faults)) return faults.map((one) => one.values && one.values.line).filter(Boolean);
  return fault && line ? [line] : [];
}

function Plan({ plan }) {
  const row = (key, names) => names.length > 0 && html`<li>${tell(`page.compose.${key}`, { names })}</li>`;
  const changed = plan.changed.map((one) => tell(one.gap ? "page.compose.changed-gap" : "page.compose.changed-one", { name: one.name, keys: one.keys }));
  const nothing = plan.added.length + plan.changed.length + plan.removed.length === 0;
  return html`<section class="panel plan" aria-label=${tell("page.compose.plan")}><h2>${tell("page.compose.plan")}</h2><ul>
    ${row("added", plan.added)}${changed.map((text) => html`<li key=${text}>${text}</li>`)}${row("removed", plan.removed)}${row("same", plan.same)}
    ${nothing && html`<li>${tell("page.compose.nothing")}</li>`}${plan.warnings.map((text) => html`<li key=${text} class="quiet">${visible(text)}</li>`)}</ul></section>`;
}

export default function Compose({ params }) {
  const name = params.application;
  const view = useStore((known) => name && applicationOf(known, name));
  const [text, setText] = useState("");
  const [plan, setPlan] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const area = useRef();
  useTitle(tell("page.nav.compose"));
  const operator = may("operator", tell);
  const change = (next) => { setText(next); setPlan(null); setProblem(null); };
  const choose = async (event) => { const [file] = event.target.files; if (file) change(await file.text()); event.target.value = ""; };
  const send = async (query) => {
    setBusy(true);
    setProblem(null);
    try {
      return await api.put("applications", new Blob([text], { type: "application/yaml" }), { query, deadline: DEADLINE });
    } catch (failure) {
      setProblem(failure);
      const [line] = faultsOf(failure);
      if (line) mark(line);
      return null;
    } finally {
      setBusy(false);
    }
  };
  const mark = (line) => {
    const lines = text.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.current.focus();
    area.current.setSelectionRange(start, start + (lines[line - 1] || "").length);
  };
  const check = async () => { const found = await send({ plan: "true" }); if (found) setPlan(found); };
  const apply = async () => {
    const accepted = await send(plan.removed.length > 0 ? { remove_orphans: "true" } : {});
    if (accepted) { hurry(); if (accepted.deployment) go(to.deployment(accepted.deployment.id)); }
  };
  const why = operator || (text.trim() ? "" : tell("page.compose.empty"));
  return html`${view ? html`<${ApplicationHead} view=${view} at="compose" />` : html`<div class="view-head"><${Heading}>${tell("page.nav.compose")}<//></div>`}
    <p>${tell("page.compose.what")}</p>
    <p class="actions"><label class="button">${tell("page.compose.choose")}<input type="file" class="unseen" accept=".yaml,.yml" onChange=${choose} /></label>
      <${Button} onClick=${() => change(SAMPLE)}>${tell("page.compose.sample")}<//></p>
    <p><label for="compose-text">${tell("page.compose.file")}</label></p>
    <textarea id="compose-text" class="code" ref=${area} rows="18" spellcheck="false" value=${text} onInput=${(event) => change(event.target.value)}></textarea>
    ${problem && html`<${ProblemBox} problem=${problem} />${faultsOf(problem).length > 0 && html`<ul class="fault-lines">${faultsOf(problem).map((line) => html`<li key=${line}><button type="button" class="button" onClick=${() => mark(line)}>${tell("page.compose.line", { line })}</button></li>`)}</ul>`}`}
    ${plan && html`<${Plan} plan=${plan} />`}
    <p class="actions"><${Button} kind=${plan ? "" : "primary"} why=${busy ? tell("page.loading") : why} onClick=${check}>${tell("page.compose.check")}<//>
      ${plan && html`<${Button} kind="primary" why=${busy ? tell("page.loading") : operator} onClick=${apply}>${tell(plan.removed.length > 0 ? "page.compose.apply-removing" : "page.compose.apply")}<//>`}</p>`;
}
