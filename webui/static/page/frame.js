// What stands around every view: the navigation, how fresh the news is, who is signed in, and the page's settings.

import { html, useCallback, useState } from "../vendor/preact.js";
import { tell } from "../words.js";
import { Button, Choice, Dialog, Dot, Menu, Name } from "../pieces/basic.js";
import { tally } from "../pieces/condition.js";
import { Language } from "../pieces/language.js";
import { Jump } from "./jump.js";
import { useKey } from "./keys.js";
import { Messages } from "./live.js";
import { go, to } from "./router.js";
import { signOut } from "./sign-in.js";
import { isStale, may, useStore } from "./store.js";
import { THEMES, chooseTheme, theme } from "./theme.js";
import { clock } from "./time.js";
import { chooseFiles } from "../tray/drops.js";

function Theme() {
  const [chosen, setChosen] = useState(theme());
  const options = THEMES.map((one) => ({ value: one, text: tell(`page.theme.${one}`) }));
  return html`<${Choice} label=${tell("page.theme.title")} options=${options} chosen=${chosen} onChoose=${(one) => { chooseTheme(one); setChosen(one); }} />`;
}

// Nothing is said while all is well; after ten seconds without news the page says as of when it speaks.
function Freshness() {
  const stale = useStore(isStale);
  const at = useStore((known) => known.newsAt);
  if (!stale) return null;
  return html`<div class="stale-bar" role="alert"><strong>${tell("page.as-of", { time: clock(at) })}</strong> ${tell("page.no-news")}</div>`;
}

function Navigation({ place, params }) {
  const applications = useStore((known) => known.applications) || [];
  const item = (key, address) => html`<li><a href=${address} aria-current=${place === key ? "page" : undefined}>${tell(`page.nav.${key}`)}</a></li>`;
  return html`<nav class="side" aria-label=${tell("page.nav.title")}>
    <ul>${item("home", to.home())}</ul>
    ${applications.length > 0 && html`<h2 class="side-title">${tell("page.nav.applications")}</h2>
      <ul class="side-applications">${applications.map((one) => {
        const { tone, running, all } = tally(one);
        return html`<li key=${one.name}><a href=${to.application(one.name)} aria-current=${params.application === one.name ? "page" : undefined}>
          <${Dot} tone=${tone} /><span class="side-name"><${Name}>${one.name}<//></span><span class="count" aria-label=${tell("page.running-of", { running, all })}>${running}/${all}</span></a></li>`;
      })}</ul>`}
    <ul class="side-rest">${item("history", to.history())}${item("bundles", "/bundles")}${item("system", "/system")}</ul>
  </nav>`;
}

function Keys({ onClose }) {
  const rows = [["/", "jump"], ["g h", "home"], ["g d", "history"], ["g b", "bundles"], ["g s", "system"], ["u", "push"], ["Esc", "close"], ["?", "keys"]];
  return html`<${Dialog} title=${tell("page.keys.title")} onClose=${onClose}>
    <dl class="keys">${rows.map(([key, what]) => html`<div key=${key}><dt>${key.split(" ").map((one) => html`<kbd>${one}</kbd> `)}</dt><dd>${tell(`page.keys.${what}`)}</dd></div>`)}</dl>
  <//>`;
}

function Top({ setKeys }) {
  const who = useStore((known) => known.who);
  const [open, setOpen] = useState(false);
  const [jumping, setJumping] = useState(false);
  const why = may("developer", tell);
  useKey("/", useCallback(() => setJumping(true), []));
  useKey("u", useCallback(() => { if (!why) chooseFiles(null); }, [why]));
  return html`<header class="top">
    <a class="brand" href="/" aria-label=${tell("page.nav.home-label")}><img src=${new URL("../icon.svg", import.meta.url).pathname} alt="" width="24" height="24" /><span>buildsvc</span></a>
    <button type="button" class="jump-button" onClick=${() => setJumping(true)}><span>${tell("page.jump.open")}</span><kbd>/</kbd></button>
    <div class="top-end">
      <${Button} kind="primary" why=${why} onClick=${() => chooseFiles(null)}>${tell("page.push")}<//>
      <${Menu} label=${html`<span class="who">${who.name}</span>`} open=${open} setOpen=${setOpen} kind="right">
        <p class="quiet small">${tell("page.signed-in-as", { name: who.name, role: tell(`role.${who.role}`) })}</p>
        <${Language} /><${Theme} />
        <button type="button" class="menu-item" onClick=${() => { setOpen(false); setKeys(true); }}>${tell("page.keys.title")} <kbd>?</kbd></button>
        <button type="button" class="menu-item" onClick=${signOut}>${tell("page.sign-out")}</button>
      <//>
    </div>
    ${jumping && html`<${Jump} onClose=${() => setJumping(false)} />`}
  </header>`;
}

export function Frame({ route, children, tray }) {
  const [keys, setKeys] = useState(false);
  const stale = useStore(isStale);
  useKey("?", useCallback(() => setKeys(true), []));
  useKey("g h", useCallback(() => go(to.home()), []));
  useKey("g d", useCallback(() => go(to.history()), []));
  useKey("g b", useCallback(() => go("/bundles"), []));
  useKey("g s", useCallback(() => go("/system"), []));
  return html`<div class="frame ${stale ? "stale" : ""}">
    <a class="skip" href="#heading" onClick=${(event) => { event.preventDefault(); document.getElementById("heading")?.focus(); }}>${tell("page.skip")}</a>
    <${Top} setKeys=${setKeys} />
    <${Navigation} place=${route.place} params=${route.params} />
    <main class="main" id="main"><${Freshness} />${children}</main>
    ${tray}
    <${Messages} />
    ${keys && html`<${Keys} onClose=${() => setKeys(false)} />`}
  </div>`;
}
