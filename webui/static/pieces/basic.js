// The small pieces that every view is made of.

import { html, useEffect, useRef } from "../vendor/preact.js";
import { tell } from "../words.js";
import { useKey } from "../page/keys.js";
import { useNow } from "../page/store.js";
import { age, whole } from "../page/time.js";

// The heading of a view: it takes the focus when one comes to the view, so that a screen reader begins there; where the
// view is drawn anew once its data are here, the next heading takes it over.
let left = 0;
export function Heading({ children, ...more }) {
  const element = useRef();
  useEffect(() => {
    const own = element.current;
    if (Date.now() - left < 1000 && document.activeElement === document.body) own.focus({ preventScroll: true });
    return () => { if (document.activeElement === own) left = Date.now(); };
  }, []);
  return html`<h1 tabindex="-1" id="heading" ref=${element} ...${more}>${children}</h1>`;
}

export const TONES = {
  running: "good", starting: "busy", waiting: "calm", unhealthy: "bad", down: "bad", stopped: "calm", unknown: "calm",
  queued: "busy", building: "busy", "awaiting-approval": "warn", "awaiting-window": "calm", swapping: "busy", live: "good", settled: "good", failed: "bad", "switched-back": "bad", cancelled: "calm",
};

export const Dot = ({ tone }) => html`<span class="dot ${tone}" aria-hidden="true"></span>`;

export const State = ({ state, kind = "state" }) => html`<span class="state ${TONES[state] || "calm"}"><${Dot} tone=${TONES[state] || "calm"} />${tell(`${kind}.${state}`)}</span>`;

// An age that grows by itself; the whole moment stands in its title.
export function Ago({ at, text = "page.ago" }) {
  const now = useNow();
  return html`<time datetime=${at} title=${whole(at)}>${tell(text, { age: age((now - new Date(at)) / 1000) })}</time>`;
}

// A button that may not be pressed says why, to the eye, the mouse and the screen reader; it stays in the tab order.
export function Button({ kind = "", why = "", onClick, children, label, ...more }) {
  const press = (event) => { if (!why && onClick) onClick(event); };
  return html`<button type="button" class="button ${kind}" aria-disabled=${why ? "true" : undefined} title=${why || more.title}
    aria-label=${label ? (why ? `${label}: ${why}` : label) : undefined} onClick=${press} ...${more}>${children}${why && !label && html`<span class="unseen">: ${why}</span>`}</button>`;
}

// A few ways, one of which is chosen. `options`: {value, text}, and what else its button has.
export const Choice = ({ label, options, chosen, onChoose }) => html`<div class="choice" role="group" aria-label=${label}>
  ${options.map(({ value, text, ...more }) => html`<button type="button" class="chip-button" key=${value} aria-pressed=${value === chosen ? "true" : "false"} onClick=${() => onChoose(value)} ...${more}>${text}</button>`)}</div>`;

export function ProblemBox({ problem }) {
  if (!problem) return null;
  return html`<div class="problem-box" role="alert"><p>${problem.message}</p>${problem.hint && html`<p class="quiet">${problem.hint}</p>`}</div>`;
}

export const Loading = ({ problem }) => (problem ? html`<${ProblemBox} problem=${problem} />` : html`<p class="quiet loading" role="status">${tell("page.loading")}</p>`);

export const Empty = ({ children }) => html`<p class="empty quiet">${children}</p>`;

// A dialog over the page: the focus goes into it and comes back to whoever opened it; Esc closes it.
export function Dialog({ title, onClose, children, kind = "" }) {
  const box = useRef();
  useEffect(() => {
    const opener = document.activeElement;
    const element = box.current;
    element.showModal();
    const first = element.querySelector("[data-first]") || element.querySelector("input, textarea, select");
    if (first) first.focus();
    return () => { if (element.open) element.close(); if (opener && opener.isConnected) opener.focus(); };
  }, []);
  return html`<dialog ref=${box} class="dialog ${kind}" aria-labelledby="dialog-title" onCancel=${(event) => { event.preventDefault(); onClose(); }}
      onClick=${(event) => { if (event.target === box.current) onClose(); }}>
    <div class="dialog-body">
      <header class="dialog-head"><h2 id="dialog-title">${title}</h2>
        <button type="button" class="icon-button" aria-label=${tell("page.close")} onClick=${onClose}>×</button></header>
      ${children}
    </div>
  </dialog>`;
}

// A menu below a button: arrow keys are not needed, for its entries are links and buttons; Esc closes it.
export function Menu({ label, children, open, setOpen, kind = "" }) {
  const box = useRef();
  const opener = useRef();
  useKey("Escape", () => { if (!open) return false; setOpen(false); opener.current.focus(); return true; });
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event) => { if (!box.current.contains(event.target)) setOpen(false); };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  return html`<div class="menu ${kind}" ref=${box}>
    <button type="button" class="button quiet-button" ref=${opener} aria-expanded=${open ? "true" : "false"} onClick=${() => setOpen(!open)}>${label}<span class="caret" aria-hidden="true">▾</span></button>
    ${open && html`<div class="menu-list">${children}</div>`}
  </div>`;
}

// Text that came from outside, with what one cannot see made visible: control characters, and those that turn the
// direction of writing.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
export function visible(text) {
  return String(text).replace(HIDDEN, (one) => `⟨${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

export const Name = ({ children }) => html`<bdi>${visible(children)}</bdi>`;
