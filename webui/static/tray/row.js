// One file of the tray: whose it is, what runs there now, what it brings, how far it is, and what may be done with it.

import { html, useState } from "../vendor/preact.js";
import { Button, Name, State } from "../pieces/basic.js";
import { to } from "../page/router.js";
import { componentOf, may, useStore } from "../page/store.js";
import { tell } from "../words.js";
import { chooseFiles } from "./drops.js";
import { NewComponent } from "./new-component.js";
import * as queue from "./queue.js";
import * as rows from "./rows.js";

const STOPPABLE = ["waiting", "hashing", "sending", "away", "lost", "paused"];
const placeOf = ({ application, component }) => `${application}/${component}`;
const targetOf = (place) => { const [application, component] = place.split("/"); return component ? { application, component } : null; };

function usePlaces() {
  const applications = useStore((known) => known.applications) || [];
  return applications.flatMap((view) => view.components.filter((part) => part.kind === "jar").map((part) => placeOf({ application: view.name, component: part.name })));
}

// What is asked here is answered here: the service's hint names the options of the command line.
const GAP = "gap-not-accepted";
const QUESTIONS = [GAP, "belongs-elsewhere", "unmatched-artifact", "ambiguous-artifact"];
const told = ({ code, message, hint }) => (QUESTIONS.includes(code) ? message : `${message} ${hint}`);

function said(row) {
  const { received, total, size, speed } = row;
  switch (row.state) {
    case "sending": {
      const whole = { received, total: total || size, kept: row.stretches && total < size ? size : 0 };
      return speed > 0 ? tell("page.tray.sending-at", { ...whole, speed, left: (whole.total - received) / speed }) : tell("page.tray.sending", whole);
    }
    case "paused": case "away": case "lost": return tell(`page.tray.${row.other ? "other-file" : row.state}`, { received, total: total || size, name: row.other || row.name });
    case "unknown": return row.problem && row.problem.status ? row.problem.message : tell(row.gone ? "page.tray.gone" : "page.tray.unknown");
    case "hashing": return tell("page.tray.hashing", { percent: Math.floor((100 * row.hashed) / size) });
    case "asks": case "refused": return told(row.problem);
    case "same": return tell("page.tray.already", { release: row.release, component: row.found.component });
    case "done": return row.text || tell("page.tray.accepted", row.found);
    case "adding": return tell("page.adding.waits");
    default: return tell(`page.tray.${row.state}`);
  }
}

// Unsure whose it is: a selector of those that may be meant. Another component's jar is asked about, in red.
function Question({ row }) {
  const { held, candidates: named, owner, asked: at } = row.problem.values;
  const places = usePlaces();
  const candidates = named || places;
  const [chosen, choose] = useState(owner || candidates[0] || "");
  if ((!held && row.state !== "asks") || candidates.length === 0) return null;
  const answer = (place, anyway) => {
    if (held) queue.answer(row, place, anyway);
    else if (anyway || owner === undefined) queue.aimAnyway(row, place);
    else queue.aim(row, targetOf(place));
  };
  const id = `whose-${row.key}`;
  return html`<span class="question"><label for=${id}>${tell("page.tray.whose")}</label>
    <select id=${id} value=${chosen} onChange=${(event) => choose(event.target.value)}>${candidates.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}</select>
    <button type="button" class="button primary" onClick=${() => answer(chosen, false)}>${tell("page.tray.there")}</button>
    ${at && html`<button type="button" class="button danger" onClick=${() => answer(at, true)}>${tell("page.tray.anyway", { asked: at })}</button>`}</span>`;
}

// Nobody has it, or nobody is there yet: it may become a component of its own.
const HOMELESS = ["unmatched-artifact", "no-components", "name-the-application"];
function Make({ row }) {
  const [open, setOpen] = useState(false);
  const why = may("operator", tell);
  if (!["asks", "refused"].includes(row.state) || !row.file || row.libraries || !HOMELESS.includes(row.problem.code)) return null;
  return html`<${Button} label=${`${tell("page.adding.make")}: ${row.name}`} why=${why} onClick=${() => setOpen(true)}>${tell("page.adding.make")}<//>
    ${open && html`<${NewComponent} row=${row} onClose=${() => setOpen(false)} />`}`;
}

function Aim({ row }) {
  const places = usePlaces();
  const meant = row.found || row.target;
  if (row.state !== "ready") return meant ? html`<a href=${to.component(meant.application, meant.component)}><${Name}>${meant.component}<//></a> <span class="quiet">· <${Name}>${meant.application}<//></span>` : html`<span class="quiet">${tell("page.tray.by-itself")}</span>`;
  return html`<select aria-label=${tell("page.tray.whose-of", { name: row.name })} value=${row.target ? placeOf(row.target) : ""} onChange=${(event) => queue.aim(row, targetOf(event.target.value))}>
    <option value="">${tell("page.tray.by-itself")}</option>${places.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}</select>`;
}

function Now({ row }) {
  const meant = row.found || row.target;
  const part = useStore((known) => meant && componentOf(known, meant.application, meant.component));
  if (!part) return "";
  if (part.release === null) return html`<span class="quiet">${tell("page.component.no-release")}</span>`;
  return html`<${Name}>${part.version || part.filename || ""}<//> <span class="quiet">${tell("page.component.release", { number: part.release })}</span>`;
}

function Deployed({ row }) {
  const deployment = useStore((known) => known.deployments.find((one) => one.id === row.deployment));
  return html`<a href=${to.deployment(row.deployment)}>${deployment ? html`<${State} state=${deployment.phase} kind="phase" />` : tell("page.tray.look")}</a>`;
}

function Buttons({ row }) {
  const button = (key, act, kind = "") => html`<button type="button" class="button ${kind}" aria-label=${`${tell(`page.tray.${key}`)}: ${row.name}`} onClick=${act}>${tell(`page.tray.${key}`)}</button>`;
  const { state } = row;
  return html`<span class="tray-buttons">
    ${row.deployment && html`<${Deployed} row=${row} />`}
    ${["sending", "away", "hashing"].includes(state) && !row.libraries && button("pause", () => queue.pause(row))}
    ${(state === "paused" && row.file) && button("resume", () => queue.goOn(row), "primary")}
    ${(state === "lost" || (state === "paused" && !row.file)) && button("choose", () => chooseFiles(null, row), "primary")}
    ${state === "unknown" && row.upload && button("look-again", () => queue.goOn(row))}
    ${state === "same" && button("deploy", () => queue.again(row, { force: true }))}
    ${state === "refused" && row.file && row.problem.code === GAP && button("accept-gap", () => queue.again(row, { gap: true }), "danger")}
    ${STOPPABLE.includes(state) && button("cancel", () => queue.cancel(row))}
    ${(rows.hasEnded(row) || ["ready", "asks", "unknown"].includes(state)) && html`<button type="button" class="icon-button" aria-label=${tell("page.tray.forget", { name: row.name })} onClick=${() => rows.forget(row.key)}>×</button>`}
  </span>`;
}

export function Row({ row }) {
  const share = row.total ? row.received / row.total : 0;
  const asks = row.state === "asks" || (row.state === "refused" && row.problem.values.candidates);
  const red = asks && row.problem.values.asked;
  return html`<tr class="sending ${row.state} ${red ? "elsewhere" : ""}">
    <td class="sending-name"><${Name}>${row.libraries ? `${row.name} + ${row.libraries.name}` : row.name}<//></td>
    <td><${Aim} row=${row} /></td><td><${Now} row=${row} /></td><td>${row.version ? html`<${Name}>${row.version}<//>` : ""}</td>
    <td class="sending-state"><span class="sending-text" role="status">${said(row)}</span>
      ${["sending", "paused", "lost", "away"].includes(row.state) && html`<progress value=${share} max="1" aria-label=${tell("page.tray.progress", { name: row.name })}></progress>`}
      ${asks && html`<${Question} row=${row} />`}<${Make} row=${row} /><${Buttons} row=${row} /></td></tr>`;
}
