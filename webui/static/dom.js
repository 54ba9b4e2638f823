// Small helpers to make and change elements. Text is always set as text, never as markup.

import * as words from "./words.js";

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function button(label, onclick, kind = "quiet", more = {}) {
  return make("button", { type: "button", class: kind, onclick, ...more }, label);
}

// Changes nothing where nothing changed, so that selections and screen readers are left in peace.
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

export function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

// Keeps one child per key, in the order of `items`; each keeps its element for as long as its key is there.
export function keyed(parent, items, keyOf, create, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = null;
  for (const item of items) {
    const key = keyOf(item);
    let element = known.get(key);
    known.delete(key);
    if (!element) {
      element = create(item);
      element.dataset.key = key;
    }
    update(element, item);
    const place = before ? before.nextSibling : parent.firstChild;
    if (place !== element) parent.insertBefore(element, place);
    before = element;
  }
  for (const gone of known.values()) gone.remove();
}

export function ago(seconds) {
  if (seconds < 60) return words.tell("page.ago.seconds", { count: Math.max(0, Math.round(seconds)) });
  if (seconds < 3600) return words.tell("page.ago.minutes", { count: Math.round(seconds / 60) });
  if (seconds < 172800) return words.tell("page.ago.hours", { count: Math.round(seconds / 3600) });
  return words.tell("page.ago.days", { count: Math.round(seconds / 86400) });
}

export function moment(iso) {
  const at = new Date(iso);
  const today = new Date().toDateString() === at.toDateString();
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = at.toLocaleDateString("en", { day: "numeric", month: "short" });
  return today ? time : `${day}, ${time}`;
}
