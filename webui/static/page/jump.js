// Jump to anything by typing a part of its name: applications, components, their logs, places of the page.

import { html, useState } from "../vendor/preact.js";
import { tell } from "../words.js";
import { Dialog, Dot, Name, TONES } from "../pieces/basic.js";
import { tally } from "../pieces/condition.js";
import { go, to } from "./router.js";
import { useStore } from "./store.js";

const MOST = 12;

function places(applications) {
  const found = [["home", to.home()], ["history", to.history()], ["bundles", "/bundles"], ["system", "/system"]]
    .map(([key, address]) => ({ text: tell(`page.nav.${key}`), kind: "", address, tone: "" }));
  for (const application of applications) {
    found.push({ text: application.name, kind: tell("page.kind.application"), address: to.application(application.name), tone: tally(application).tone });
    for (const part of application.components) {
      found.push({ text: `${part.name} · ${application.name}`, kind: tell("page.kind.component"), address: to.component(application.name, part.name), tone: TONES[part.state] });
      found.push({ text: `${part.name} · ${application.name}`, kind: tell("page.log.title"), address: to.log(application.name, part.name), tone: "" });
    }
  }
  return found;
}

export function Jump({ onClose }) {
  const applications = useStore((known) => known.applications) || [];
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const needles = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = places(applications).filter((one) => needles.every((needle) => `${one.text} ${one.kind}`.toLowerCase().includes(needle))).slice(0, MOST);
  const chosen = Math.min(at, found.length - 1);
  const choose = (one) => { onClose(); if (one) go(one.address); };
  const keys = (event) => {
    if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
    else if (event.key === "Enter") choose(found[chosen]);
    else return;
    event.preventDefault();
  };
  return html`<${Dialog} title=${tell("page.jump.title")} onClose=${onClose} kind="jump">
    <input type="text" data-first role="combobox" aria-expanded="true" aria-controls="jump-list" aria-autocomplete="list" aria-label=${tell("page.jump.title")}
      aria-activedescendant=${found.length ? `jump-${chosen}` : undefined} placeholder=${tell("page.jump.example")} value=${typed}
      onInput=${(event) => { setTyped(event.target.value); setAt(0); }} onKeyDown=${keys} />
    <ul id="jump-list" role="listbox" aria-label=${tell("page.jump.found")}>
      ${found.map((one, index) => html`<li id=${`jump-${index}`} key=${one.address} role="option" aria-selected=${index === chosen ? "true" : "false"}
        onClick=${() => choose(one)} onMouseMove=${() => setAt(index)}>${one.tone ? html`<${Dot} tone=${one.tone} />` : html`<span class="dot none"></span>`}<span><${Name}>${one.text}<//></span><span class="quiet">${one.kind}</span></li>`)}
    </ul>
    ${found.length === 0 && html`<p class="quiet" role="status">${tell("page.jump.nothing")}</p>`}
  <//>`;
}
