// The tray at the bottom of every page: what is sent and what is deployed, one's own and everybody's, whatever view is open.

import { html, useEffect, useState } from "../vendor/preact.js";
import { Name, State } from "../pieces/basic.js";
import { isBusy } from "../pieces/condition.js";
import { to, useAddress } from "../page/router.js";
import { useStore } from "../page/store.js";
import { tell } from "../words.js";
import * as queue from "./queue.js";
import { Row } from "./row.js";
import * as rows from "./rows.js";

const COLUMNS = ["file", "component", "now", "new", "state"];

function Deployments({ deployments }) {
  return html`<ul class="tray-deployments" aria-label=${tell("page.tray.deployments")}>${deployments.map((one) => html`<li key=${one.id}>
    <a href=${to.deployment(one.id)}><${Name}>${one.component || one.application}<//> <span class="quiet">· <${Name}>${one.application}<//></span></a>
    <${State} state=${one.phase} kind="phase" /><span class="quiet">${tell(`cause.${one.cause}`)} · <${Name}>${one.actor}<//></span></li>`)}</ul>`;
}

function summary(mine, deployments) {
  const going = mine.filter(rows.isGoing).length;
  const stuck = mine.filter((row) => ["asks", "lost", "unknown", "refused", "paused"].includes(row.state)).length;
  const parts = [
    going && tell("page.tray.count-going", { count: going }),
    stuck && tell("page.tray.count-stuck", { count: stuck }),
    deployments && tell("page.tray.count-deployments", { count: deployments }),
  ].filter(Boolean);
  return parts.join(" · ") || tell("page.tray.count-files", { count: mine.length });
}

export function Tray() {
  const mine = rows.useRows();
  const { path } = useAddress(nothing);
  const known = useStore((state) => state.deployments);
  const [open, setOpen] = useState(true);
  useEffect(() => { if (mine.length) setOpen(true); }, [mine.length]);
  const shown = new Set(mine.map((row) => row.deployment));
  const others = known.filter((one) => isBusy(one) && !shown.has(one.id) && path !== to.deployment(one.id));
  const ready = mine.filter((row) => row.state === "ready").length;
  const ended = mine.filter(rows.hasEnded);
  if (mine.length + others.length === 0) return null;
  return html`<section class="tray ${mine.length ? "" : "thin"}" aria-label=${tell("page.tray.title")}>
    <header class="tray-head"><h2>${tell("page.tray.title")}</h2><span class="quiet tray-summary">${summary(mine, others.length)}</span>
      ${ready > 0 && html`<button type="button" class="button primary" onClick=${queue.replaceAll}>${tell("page.tray.replace", { count: ready })}</button>`}
      ${ended.length > 1 && html`<button type="button" class="button quiet-button" onClick=${() => ended.forEach((row) => rows.forget(row.key))}>${tell("page.tray.tidy")}</button>`}
      <button type="button" class="button quiet-button" aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}>${tell(open ? "page.tray.hide" : "page.tray.show")}</button></header>
    ${open && html`<div class="tray-body" tabindex="0" role="region" aria-label=${tell("page.tray.content")}>
      ${mine.length > 0 && html`<table class="tray-rows"><thead><tr>${COLUMNS.map((name) => html`<th key=${name} scope="col">${tell(`page.tray.column-${name}`)}</th>`)}</tr></thead>
        <tbody>${mine.map((row) => html`<${Row} key=${row.key} row=${row} />`)}</tbody></table>`}
      ${others.length > 0 && html`<${Deployments} deployments=${others} />`}</div>`}
  </section>`;
}

const nothing = () => {};
