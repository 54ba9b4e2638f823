// One application: its components as a drawing and as a list.

import { html, useState } from "../vendor/preact.js";
import { Choice, Heading, Name } from "../pieces/basic.js";
import { ComponentList } from "../pieces/component-list.js";
import { ApplicationHead } from "../pieces/heads.js";
import { Topology } from "../pieces/topology.js";
import { tally } from "../pieces/condition.js";
import { tell } from "../words.js";
import { applicationOf, useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

const KEY = "buildsvc-shown-as";
const WAYS = ["drawing", "list"];

export default function Application({ params, query }) {
  const view = useStore((known) => applicationOf(known, params.application));
  const loaded = useStore((known) => known.applications !== null);
  const [way, setWay] = useState(query.as || localStorage.getItem(KEY) || "drawing");
  const { tone, running, all } = view ? tally(view) : { tone: "calm", running: 0, all: 0 };
  useTitle(view ? `● ${running}/${all} ${params.application}` : params.application, tone);
  if (!view) return html`<${Heading}><${Name}>${params.application}<//><//><p class="quiet" role="status">${tell(loaded ? "page.application.none" : "page.loading")}</p>`;
  const choose = (one) => { setWay(one); localStorage.setItem(KEY, one); };
  const options = WAYS.map((one) => ({ value: one, text: tell(`page.application.as-${one}`) }));
  return html`<${ApplicationHead} view=${view} at="overview">
      <${Choice} label=${tell("page.application.shown-as")} options=${options} chosen=${way} onChoose=${choose} /><//>
    ${way === "drawing" && html`<${Topology} view=${view} />`}
    ${way === "list" && html`<${ComponentList} view=${view} />`}`;
}
