// How two releases differ: what they say of themselves, and their libraries by their bills of materials.

import { html } from "../vendor/preact.js";
import { tell } from "../words.js";
import { useRemote } from "../page/remote.js";
import { Name } from "./basic.js";

const MOST = 40;

function libraries(bill) {
  return new Map((bill && bill.components ? bill.components : []).map((one) => [`${one.group ? `${one.group}:` : ""}${one.name}`, one.version || ""]));
}

function changes(before, after) {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.filter((name) => before.get(name) !== after.get(name)).map((name) => ({ name, old: before.get(name), new: after.get(name) }));
}

const FACTS = ["filename", "version", "java", "base", "artifact"];
const short = (key, value) => (value === null ? "–" : key === "artifact" ? value.slice(0, 12) : String(value));

export function Difference({ path, before, after }) {
  const { data: old, problem: none } = useRemote(`${path}/releases/${before.number}/sbom`);
  const { data: fresh, problem: neither } = useRemote(`${path}/releases/${after.number}/sbom`);
  const facts = FACTS.filter((key) => before[key] !== after[key]);
  const found = old && fresh ? changes(libraries(old), libraries(fresh)) : [];
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${tell("page.difference.title", { before: before.number, after: after.number })}><table class="difference"><thead><tr><th>${tell("page.difference.what")}</th><th>${tell("page.component.release", { number: before.number })}</th><th>${tell("page.component.release", { number: after.number })}</th></tr></thead>
    <tbody>${facts.map((key) => html`<tr key=${key}><td>${tell(`page.difference.${key}`)}</td><td><${Name}>${short(key, before[key])}<//></td><td><${Name}>${short(key, after[key])}<//></td></tr>`)}
    ${found.slice(0, MOST).map((one) => html`<tr key=${one.name}><td><${Name}>${one.name}<//></td><td>${one.old === undefined ? "–" : one.old}</td><td>${one.new === undefined ? "–" : one.new}</td></tr>`)}</tbody></table></div>
    <p class="quiet small" role="status">${old && fresh ? tell("page.difference.libraries", { count: found.length }) : none || neither ? tell("page.difference.no-bill") : tell("page.loading")}${found.length > MOST ? ` ${tell("page.difference.more", { count: found.length - MOST })}` : ""}</p>`;
}
