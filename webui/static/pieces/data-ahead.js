// What a change means for the data of components: what is written out first, what cannot be undone; and the names that
// somebody has to type where nothing keeps it.

import { html } from "../vendor/preact.js";
import { tell } from "../words.js";
import { Name } from "./basic.js";

const once = (names) => [...new Set(names)];
export const unsaved = (data) => data.written.filter((one) => one.needs_yes).map((one) => one.component);
export const behind = (data) => once(data.behind.map((one) => one.component));

// The names that have been typed as they are.
export const typedRight = (names, typed) => names.filter((name) => typed[name] === name);

function Typed({ names, kind, typed, onChange }) {
  return names.map((name) => html`<div class="value" key=${name}><label for=${`${kind}-${name}`}>${tell(`page.data.type-${kind}`, { component: name })}</label>
    <input id=${`${kind}-${name}`} type="text" autocomplete="off" spellcheck="false" value=${typed[name] || ""} onInput=${(event) => onChange(name, event.target.value.trim())} /></div>`);
}

export function DataAhead({ data, typed, onChange }) {
  const rows = [
    ...data.written.filter((one) => !one.needs_yes).map((one) => tell("page.data.written", { component: one.component, command: one.command })),
    ...data.ahead.map((one) => tell("page.data.ahead", one)),
    ...(data.irreversible.length ? [tell("page.data.irreversible", { components: data.irreversible })] : []),
    ...data.behind.map((one) => tell("page.data.behind", one)),
  ];
  const names = [...unsaved(data), ...behind(data)];
  if (rows.length + names.length === 0) return null;
  return html`<fieldset class="values"><legend>${tell("page.data.title")}</legend>
    <ul class="plan-rows">${rows.map((text) => html`<li key=${text}><${Name}>${text}<//></li>`)}
      ${data.dumps.map((one) => html`<li key=${one.name}>${tell("page.data.restore")} <code>buildsvc data restore <${Name}>${`${one.application} ${one.component} ${one.name}`}<//></code></li>`)}</ul>
    <${Typed} names=${unsaved(data)} kind="unsaved" typed=${typed.unsaved} onChange=${onChange("unsaved")} /><${Typed} names=${behind(data)} kind="behind" typed=${typed.behind} onChange=${onChange("behind")} /></fieldset>`;
}
