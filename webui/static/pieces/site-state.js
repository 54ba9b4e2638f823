// How the site itself stands: the room on its disk, and when it will be full.

import { html } from "../vendor/preact.js";
import { tell } from "../words.js";
import { useRemote } from "../page/remote.js";
import { denied, useStore } from "../page/store.js";
import { Dot } from "./basic.js";

const SOON = 3;
const LATER = 30;

// Days until the disk is full as a colour; null where it does not fill up.
export const roomTone = (room) => (room.full_in === null ? "good" : room.full_in < SOON ? "bad" : room.full_in < LATER ? "warn" : "good");

export function roomSentence(room) {
  if (room.grows === null) return tell("page.site.too-young");
  return room.full_in === null ? tell("page.site.steady") : tell("page.site.full-in", { days: Math.floor(room.full_in), grows: room.grows });
}

export function SiteState() {
  const operator = !useStore((known) => denied(known, "operator", tell, "*"));
  const { data: room } = useRemote(operator ? "room" : null, { every: 60_000 });
  if (!room) return null;
  return html`<section class="panel site-state"><h2>${tell("page.site.title")}</h2><ul class="rows">
    <li><a href="/system/disk"><${Dot} tone=${roomTone(room)} />${tell("page.site.room", { free: room.free, total: room.total })}</a><span class="quiet">${roomSentence(room)}</span></li></ul></section>`;
}
