// The stages of a deployment: which are reached, how long each took itself, and how long it usually takes.

import { html } from "../vendor/preact.js";
import { seconds as length, tell } from "../words.js";
import { hasEnded } from "./condition.js";

export const STAGES = ["received", "analysed", "base", "built", "loaded", "started", "healthy", "switched", "live", "settled"];
// A changed configuration has no upload, a rollback has its image already.
const FIRST_STAGE = { spec: 1, rollback: 4, restart: 4 };

export function Stages({ deployment, events, timing }) {
  const reached = new Map();
  for (const told of events) if (told.stage && !reached.has(told.stage)) reached.set(told.stage, told);
  const times = new Map((timing ? timing.stages : []).map((one) => [one.stage, one]));
  const listed = STAGES.slice(FIRST_STAGE[deployment.cause] || 0).filter((stage) => reached.has(stage) || !hasEnded(deployment));
  if (listed.length === 0) return null;
  const current = hasEnded(deployment) ? "" : listed.find((stage) => !reached.has(stage));
  let before = new Date(deployment.created);
  return html`<ol class="stages">${listed.map((stage) => {
    const told = reached.get(stage);
    const { seconds = null, expected = null } = times.get(stage) || {};
    const own = told ? seconds ?? Math.max(0, (new Date(told.at) - before) / 1000) : null;
    if (told) before = new Date(told.at);
    const time = own !== null ? length(own) : expected !== null ? tell("page.deployment.about", { time: length(expected) }) : "";
    return html`<li key=${stage} class="stage ${stage === current ? "current" : ""}" data-stage=${stage} data-reached=${told ? "yes" : undefined}>
      <span class="mark" aria-hidden="true"></span><span class="stage-name">${tell(`word.${stage}`)}</span><span class="stage-time">${time}</span><span class="stage-text quiet">${told ? told.text : ""}</span></li>`;
  })}</ol>`;
}
