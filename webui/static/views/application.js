// One application: its components as a drawing and as a list.

import { html } from "../vendor/preact.js";
import { Heading, Name } from "../pieces/basic.js";
import { ComponentList } from "../pieces/component-list.js";
import { ApplicationHead } from "../pieces/heads.js";
import { tally } from "../pieces/condition.js";
import { tell } from "../words.js";
import { applicationOf, useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

export default function Application({ params }) {
  const view = useStore((known) => applicationOf(known, params.application));
  const loaded = useStore((known) => known.applications !== null);
  const { tone, running, all } = view ? tally(view) : { tone: "calm", running: 0, all: 0 };
  useTitle(view ? `● ${running}/${all} ${params.application}` : params.application, tone);
  if (!view) return html`<${Heading}><${Name}>${params.application}<//><//><p class="quiet" role="status">${tell(loaded ? "page.application.none" : "page.loading")}</p>`;
  return html`<${ApplicationHead} view=${view} at="overview" /><${ComponentList} view=${view} />`;
}
