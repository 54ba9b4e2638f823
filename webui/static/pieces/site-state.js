// How the site itself stands: what was found on its server, the room on its disk, and when it will be full.

import { html } from "../vendor/preact.js";
import { tell } from "../words.js";
import { useRemote } from "../page/remote.js";
import { denied, useStore } from "../page/store.js";
import { Ago, Dot, Loading } from "./basic.js";
import { healthOf } from "./checkup.js";

const SOON = 3;
const LATER = 30;

// Days until the disk is full as a colour; null where it does not fill up.
const roomTone = (room) => (room.full_in === null ? "good" : room.full_in < SOON ? "bad" : room.full_in < LATER ? "warn" : "good");

function roomSentence(room) {
  if (room.grows === null) return tell("page.site.too-young");
  return room.full_in === null ? tell("page.site.steady") : tell("page.site.full-in", { days: Math.floor(room.full_in), grows: room.grows });
}

export function SiteState() {
  const operator = !useStore((known) => denied(known, "operator", tell, "*"));
  const { data: room } = useRemote(operator ? "room" : null, { every: 60_000 });
  const { data: found } = useRemote(operator ? "doctor" : null, { every: 15_000 });
  const health = healthOf(found);
  if (!room) return null;
  return html`<section class="panel site-state"><h2>${tell("page.site.title")}</h2><ul class="rows">
    ${health && html`<li><a href="/system/health"><${Dot} tone=${health.tone} />${health.text}</a><span class="quiet"><${Ago} at=${found.at} text=${"page.health.as-of"} /></span></li>`}
    <li><a href="/system/disk"><${Dot} tone=${roomTone(room)} />${tell("page.site.room", { free: room.free, total: room.total })}</a><span class="quiet">${roomSentence(room)}</span></li></ul></section>`;
}

// The disk and what was pruned of it.
export function Room() {
  const { data: room, problem } = useRemote("room", { every: 60_000 });
  if (!room) return html`<${Loading} problem=${problem} />`;
  const share = Math.round((1 - room.free / room.total) * 100);
  return html`<section class="panel"><h2>${tell("page.site.disk")}</h2><p><${Dot} tone=${roomTone(room)} /> ${tell("page.site.room", { free: room.free, total: room.total })}</p>
    <div class="bar ${roomTone(room) === "good" ? "" : "busy"}" role="progressbar" aria-label=${tell("page.site.disk")} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${share}><span style=${{ width: `${share}%` }}></span></div>
    <p class="quiet">${roomSentence(room)}</p>
    <p class="quiet">${tell("page.site.pruned", { releases: room.releases, versions: room.versions, images: room.images, freed: room.freed })} ${room.pruned && html`<${Ago} at=${room.pruned} text=${"page.site.pruned-last"} />`}</p></section>`;
}
