// Short messages at the edge of the page, which screen readers read out: what was done, and what could not be.

import { html, useEffect, useState } from "../vendor/preact.js";
import { tell } from "../words.js";

const SHOWN = 8000;
let messages = [];
let number = 0;
const listeners = new Set();

function change(next) {
  messages = next;
  for (const each of listeners) each(messages);
}

const drop = (id) => change(messages.filter((one) => one.id !== id));

// tone: good, bad, calm. Bad ones stay until they are taken away.
export function announce(text, { tone = "calm", hint = "", link = null } = {}) {
  number += 1;
  const id = number;
  change([...messages.slice(-3), { id, text, hint, tone, link }]);
  if (tone !== "bad") setTimeout(drop, SHOWN, id);
}

export const announceProblem = (problem) => announce(problem.message, { tone: "bad", hint: problem.hint });

export function Messages() {
  const [shown, setShown] = useState(messages);
  useEffect(() => { listeners.add(setShown); return () => listeners.delete(setShown); }, []);
  return html`<div class="messages" role="status" aria-live="polite">
    ${shown.map((one) => html`<div class="message ${one.tone}" key=${one.id}>
      <p><strong>${one.text}</strong>${one.hint && html` <span class="quiet">${one.hint}</span>`}
        ${one.link && html` <a href=${one.link.href}>${one.link.text}</a>`}</p>
      <button type="button" class="icon-button" aria-label=${tell("page.close-message")} onClick=${() => drop(one.id)}>×</button>
    </div>`)}
  </div>`;
}
