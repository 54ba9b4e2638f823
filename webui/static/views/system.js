// The site itself, room by room: its health, its disk and what is kept, what it has of its own, who may do what and who is
// signed in, who did what, its rules and settings.

import { html } from "../vendor/preact.js";
import { Audit } from "../pieces/audit.js";
import { Empty, Heading } from "../pieces/basic.js";
import { Doctor, Engines } from "../pieces/checkup.js";
import { Filled, Retention } from "../pieces/holdings.js";
import { Bases, Buildpacks, Inboxes, Settings } from "../pieces/inventory.js";
import { Persons } from "../pieces/persons.js";
import { SystemTable } from "../pieces/system-table.js";
import { Sessions, Tokens } from "../pieces/tokens.js";
import { Room } from "../pieces/site-state.js";
import { tell } from "../words.js";
import { denied, may, useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

const ROOMS = ["health", "disk", "stock", "people", "tokens", "audit", "rules", "settings"];
const AUDITORS = ["audit", "settings"];
const OPERATORS = ["health", "disk", "stock"];

const ruleRow = (one) => html`<tr key=${one.key}><th scope="row">${one.key}</th><td>${one.where}</td><td>${one.values.join(", ")}</td></tr>`;
const rules = (policy) => [["", policy.site], ...Object.entries(policy.applications)].flatMap(([where, table]) => Object.entries(table).map(([key, values]) => ({ key: `${where} ${key}`.trim(), where: where || tell("page.system.all"), values })));
const hookRow = (one) => html`<tr key=${one.name}><th scope="row">${one.name}</th><td>${one.host}</td><td>${one.taken ? tell("page.system.taken") : one.tries}</td><td>${one.answer}</td></tr>`;

function Rules() {
  return html`<${SystemTable} title=${"page.system.policy"} path="policy" rows=${rules} heads=${["page.system.rule", "page.fact.application", "page.system.allowed"]} row=${ruleRow} />
    <${SystemTable} title=${"page.system.webhooks"} path="webhooks" heads=${["page.system.name", "page.system.to", "page.system.taken", "page.system.answer"]} row=${hookRow} />`;
}

export default function System({ params }) {
  useTitle(tell("page.nav.system"));
  const admin = may("admin", tell);
  const auditor = useStore((known) => Boolean(known.who && known.who.auditor));
  const operator = useStore((known) => denied(known, "operator", tell, "*"));
  const at = ROOMS.includes(params.room) ? params.room : "";
  const shows = (room) => !at || at === room;
  const tab = (room) => html`<li key=${room}><a href=${room ? `/system/${room}` : "/system"} aria-current=${at === room ? "page" : undefined}>${tell(`page.system.room-${room || "all"}`)}</a></li>`;
  return html`<div class="view-head"><${Heading}>${tell("page.nav.system")}<//></div>
    <nav class="tabs" aria-label=${tell("page.nav.system")}><ul>${["", ...ROOMS].map(tab)}</ul></nav>
    ${OPERATORS.some(shows) && operator ? html`<${Empty}>${operator}<//>` : html`${shows("health") && html`<${Doctor} /><${Engines} />`}
      ${shows("disk") && html`<${Room} /><${Filled} /><${Retention} />`}${shows("stock") && html`<${Bases} /><${Buildpacks} /><${Inboxes} />`}`}
    ${admin && !OPERATORS.includes(at) && !(auditor && AUDITORS.includes(at)) ? html`<${Empty}>${admin}<//>` : null}
    ${!admin && html`${shows("people") && html`<${Persons} />`}${shows("tokens") && html`<${Tokens} /><${Sessions} />`}`}
    ${(!admin || auditor) && shows("audit") && html`<${Audit} />`}
    ${!admin && shows("rules") && html`<${Rules} />`}
    ${(!admin || auditor) && shows("settings") && html`<${Settings} />`}`;
}
