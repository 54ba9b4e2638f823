// The tray at the bottom of every page: what is sent and what is deployed, one's own and everybody's, whatever view is open.

import { html, useEffect, useState } from "../vendor/preact.js";
import { Ago, Name, State } from "../pieces/basic.js";
import { isBusy } from "../pieces/condition.js";
import { announceProblem } from "../page/live.js";
import { hurry } from "../page/news.js";
import { to, useAddress } from "../page/router.js";
import { useNow, useStore } from "../page/store.js";
import { tell } from "../words.js";
import * as queue from "./queue.js";
import { Row } from "./row.js";
import * as rows from "./rows.js";
import { chooseFiles } from "./drops.js";
import { takeBack } from "./sending.js";

const QUIET = 5000;
const COLUMNS = ["file", "component", "now", "new", "state"];

function Deployments({ deployments }) {
  return html`<ul class="tray-deployments" aria-label=${tell("page.tray.deployments")}>${deployments.map((one) => html`<li key=${one.id}>
    <a href=${to.deployment(one.id)}><${Name}>${one.component || one.application}<//> <span class="quiet">· <${Name}>${one.application}<//></span></a>
    <${State} state=${one.phase} kind="phase" /><span class="quiet">${tell(`cause.${one.cause}`)} · <${Name}>${one.actor}<//></span></li>`)}</ul>`;
}

// What others send, and what oneself sends from another window or left there.
function Uploads({ uploads }) {
  const now = useNow();
  // Another window that sends moves it all the time.
  const mayGoOn = (one) => one.mine && now - new Date(one.moved) > QUIET && rows.leftBehind(one.id);
  const goOn = (one) => chooseFiles(null, rows.add({ ...rows.leftBehind(one.id), key: null, file: null, where: null, state: "lost", received: one.received }));
  const stop = (one) => takeBack(one.id).then(hurry, announceProblem);
  return html`<ul class="tray-deployments" aria-label=${tell("page.tray.uploads")}>${uploads.map((one) => html`<li key=${one.id} data-upload=${one.id}>
    <strong><${Name}>${one.filename}<//></strong>${one.application && html`<span class="quiet"><${Name}>${one.component ? `${one.component} · ${one.application}` : one.application}<//></span>`}
    <span class="quiet">${tell("page.tray.sending", { received: one.received, total: one.size, kept: 0 })} · <${Name}>${one.mine ? tell("page.tray.elsewhere") : one.actor}<//> · <${Ago} at=${one.moved} /></span>
    ${mayGoOn(one) && html`<button type="button" class="button primary" aria-label=${`${tell("page.tray.choose")}: ${one.filename}`} onClick=${() => goOn(one)}>${tell("page.tray.choose")}</button>`}
    ${one.mine && html`<button type="button" class="button" aria-label=${`${tell("page.tray.cancel")}: ${one.filename}`} onClick=${() => stop(one)}>${tell("page.tray.cancel")}</button>`}</li>`)}</ul>`;
}

function summary(mine, uploads, deployments) {
  const going = mine.filter(rows.isGoing).length + uploads;
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
  const uploads = useStore((state) => state.uploads);
  const [open, setOpen] = useState(true);
  useEffect(() => { if (mine.length) setOpen(true); }, [mine.length]);
  const shown = new Set(mine.map((row) => row.deployment));
  const others = known.filter((one) => isBusy(one) && !shown.has(one.id) && path !== to.deployment(one.id));
  const ours = new Set(mine.map((row) => row.upload));
  const elsewhere = uploads.filter((one) => !ours.has(one.id));
  const ready = mine.filter((row) => row.state === "ready").length;
  const ended = mine.filter(rows.hasEnded);
  if (mine.length + others.length + elsewhere.length === 0) return null;
  return html`<section class="tray ${mine.length ? "" : "thin"}" aria-label=${tell("page.tray.title")}>
    <header class="tray-head"><h2>${tell("page.tray.title")}</h2><span class="quiet tray-summary">${summary(mine, elsewhere.length, others.length)}</span>
      ${ready > 0 && html`<button type="button" class="button primary" onClick=${queue.replaceAll}>${tell("page.tray.replace", { count: ready })}</button>`}
      ${ended.length > 1 && html`<button type="button" class="button quiet-button" onClick=${() => ended.forEach((row) => rows.forget(row.key))}>${tell("page.tray.tidy")}</button>`}
      <button type="button" class="button quiet-button" aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}>${tell(open ? "page.tray.hide" : "page.tray.show")}</button></header>
    ${open && html`<div class="tray-body" tabindex="0" role="region" aria-label=${tell("page.tray.content")}>
      ${mine.length > 0 && html`<table class="tray-rows"><thead><tr>${COLUMNS.map((name) => html`<th key=${name} scope="col">${tell(`page.tray.column-${name}`)}</th>`)}</tr></thead>
        <tbody>${mine.map((row) => html`<${Row} key=${row.key} row=${row} />`)}</tbody></table>`}
      ${elsewhere.length > 0 && html`<${Uploads} uploads=${elsewhere} />`}
      ${others.length > 0 && html`<${Deployments} deployments=${others} />`}</div>`}
  </section>`;
}

const nothing = () => {};
