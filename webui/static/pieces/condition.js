// How an application stands, out of how its components stand; and the one sentence that says it.

import { tell } from "../words.js";
import { age } from "../page/time.js";

const BAD = ["down", "unhealthy"];
const BUSY = ["queued", "building", "swapping"];
const FAILED = ["failed", "switched-back"];
const AWAITING = ["awaiting-approval", "awaiting-window"];
const ENDED = ["settled", "failed", "switched-back", "cancelled"];

export const isBusy = (deployment) => Boolean(deployment) && BUSY.includes(deployment.phase);
export const hasFailed = (deployment) => Boolean(deployment) && FAILED.includes(deployment.phase);
export const isAwaiting = (deployment) => Boolean(deployment) && AWAITING.includes(deployment.phase);
export const hasEnded = (deployment) => Boolean(deployment) && ENDED.includes(deployment.phase);

export function tally(view) {
  const states = view.components.map((part) => part.state);
  const bad = view.components.filter((part) => BAD.includes(part.state));
  const busy = view.components.filter((part) => isBusy(part.deployment) || part.state === "starting");
  const failed = view.components.filter((part) => hasFailed(part.deployment));
  const unknown = states.filter((state) => state === "unknown").length;
  let tone = "good";
  if (bad.length) tone = "bad";
  else if (busy.length || isBusy(view.deployment)) tone = "busy";
  else if (failed.length || hasFailed(view.deployment)) tone = "warn";
  else if (unknown === states.length || !states.includes("running")) tone = "calm";
  return { tone, bad, busy, failed, running: states.filter((state) => state === "running").length, all: states.length };
}

const RANK = { bad: 0, warn: 1, busy: 2, calm: 3, good: 4 };
export const worstFirst = (views) => [...views].sort((a, b) => RANK[tally(a).tone] - RANK[tally(b).tone] || a.name.localeCompare(b.name));

function newest(view) {
  const all = [view.deployment, ...view.components.map((part) => part.deployment)].filter(Boolean);
  return all.sort((a, b) => (a.created < b.created ? 1 : -1))[0] || null;
}

// One true sentence: what is wrong first, then what goes on, then who changed what last, and when.
export function sentence(view, now) {
  const { bad, busy } = tally(view);
  if (bad.length) return tell("page.sentence.bad", { names: bad.map((part) => part.name), state: tell(`state.${bad[0].state}`), more: bad.length > 1 });
  const last = newest(view);
  if (!last) return tell("page.sentence.nothing");
  const values = { actor: last.actor, component: last.component || last.application, cause: tell(`cause.${last.cause}`), age: age((now - new Date(last.created)) / 1000) };
  if (isAwaiting(last)) return tell("page.sentence.awaiting", { ...values, phase: tell(`phase.${last.phase}`) });
  if (isBusy(last)) return tell("page.sentence.busy", values);
  if (busy.length) return tell("page.sentence.starting", { names: busy.map((part) => part.name) });
  if (hasFailed(last)) return tell("page.sentence.failed", values);
  return tell("page.sentence.changed", values);
}
