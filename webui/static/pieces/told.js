// What a deployment tells beside its stages: why it failed and what serves now, its notes, the log of the new instance.

import { html, useEffect, useRef } from "../vendor/preact.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { announce } from "../page/live.js";
import { to } from "../page/router.js";
import { componentOf, useStore } from "../page/store.js";
import { Line, bare, level } from "./ansi.js";
import { Button } from "./basic.js";
import { hasFailed } from "./condition.js";

// Without a secure address a browser has no clipboard for scripts: then a field that is copied out of, and a selection.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.setAttribute("aria-hidden", "true");
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  announce(tell("page.deployment.copied"), { tone: "good" });
}

// The line that says it: the last cause that Java names, else the last error.
function guilty(tail) {
  return tail.filter((line) => /Caused by:/.test(line)).at(-1) || tail.filter((line) => level(line) === "error").at(-1) || "";
}

function everything(deployment, message, hint, tail, events) {
  const head = `${deployment.component || deployment.application} · ${deployment.application} · ${deployment.id}`;
  const told = events.filter((one) => one.event.kind !== "log").map((one) => `${one.at}  ${one.text}`);
  return [head, location.href, "", message, hint, "", ...tail.map(bare), "", ...told].join("\n");
}

export function Failure({ deployment, events }) {
  const part = useStore((known) => componentOf(known, deployment.application, deployment.component));
  const failed = events.find((told) => told.event.kind === "failed");
  const message = failed ? failed.event.message || failed.text : deployment.error_message;
  if (!message || !(failed || hasFailed(deployment))) return null;
  const hint = (failed ? failed.hint || failed.event.hint : deployment.error_hint) || "";
  const tail = failed ? failed.event.log_tail : [];
  const line = guilty(tail);
  const serves = part && (part.release === null ? tell("page.deployment.serves-nothing") : tell("page.deployment.serves", { release: part.release, version: part.version || part.filename }));
  return html`<section class="failure" role="alert"><p class="failure-text">${message}</p>${hint && html`<p class="failure-hint">${hint}</p>`}
    ${line && html`<p class="failure-line"><code><${Line} text=${line} /></code></p>`}
    ${part && html`<p class="failure-serves">${serves}</p>`}
    <p><${Button} onClick=${() => copy(everything(deployment, message, hint, tail, events))}>${tell("page.deployment.copy")}<//></p>
    ${tail.length > 0 && html`<pre class="log" tabindex="0" role="region" aria-label=${tell("page.deployment.tail")}>${tail.map((one) => html`<${Line} text=${one} />${"\n"}`)}</pre>`}</section>`;
}

// What a deployment of the whole led to: a file to fetch, a version to install, the swaps of its components.
export function LedTo({ events }) {
  const find = (kind) => events.filter((told) => told.event.kind === kind).map((told) => told.event);
  const [ready] = find("bundle-ready");
  const [arrived] = find("version-arrived");
  const brought = find("component-brought");
  if (!ready && !arrived && brought.length === 0) return null;
  return html`<section class="panel"><h2>${tell("page.deployment.led-to")}</h2><ul class="rows">
    ${ready && html`<li><a class="button primary" download href=${api.address(`bundles/${encodeURIComponent(ready.document)}`)}>${tell("page.bundle.download", { size: ready.size })}</a> <a href=${api.address(`bundles/${encodeURIComponent(ready.document)}/sums`)} download="SHA256SUMS">SHA256SUMS</a></li>`}
    ${arrived && html`<li><a class="button primary" href=${to.version(arrived.application, arrived.number)}>${tell("page.bundle.open-version", { name: arrived.name, application: arrived.application })}</a></li>`}
    ${brought.map((one) => html`<li key=${one.deployment}><a href=${to.deployment(one.deployment)}>${tell("page.bundle.brought", { component: one.component, release: one.release })}</a></li>`)}</ul></section>`;
}

export function InstanceLog({ events }) {
  const box = useRef();
  const lines = events.filter((told) => told.event.kind === "log");
  useEffect(() => { if (box.current) box.current.scrollTop = box.current.scrollHeight; }, [lines.length]);
  if (lines.length === 0) return null;
  return html`<section class="panel"><h2>${tell("page.deployment.log")}</h2><pre class="log" ref=${box} tabindex="0" role="region" aria-label=${tell("page.deployment.log")}>${lines.map((told) => html`<${Line} text=${told.event.text} />${"\n"}`)}</pre></section>`;
}

const QUIET = ["log", "failed"];
const LOUD = ["warning", "switched-back"];

export function Notes({ events }) {
  const notes = events.filter((told) => !told.stage && !QUIET.includes(told.event.kind) && told.text);
  if (notes.length === 0) return null;
  const loud = (told) => LOUD.includes(told.event.kind);
  return html`<ul class="notes">${[...notes.filter(loud), ...notes.filter((told) => !loud(told))].map((told) => html`<li key=${told.number} class=${loud(told) ? "warning" : "quiet"}>${told.text} ${told.hint}</li>`)}</ul>`;
}
