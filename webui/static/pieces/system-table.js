// A list that the service gives of itself, as a table; or why it gives none.

import { html, useState } from "../vendor/preact.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { announce, announceProblem } from "../page/live.js";
import { useRemote } from "../page/remote.js";
import { may } from "../page/store.js";
import { Confirm } from "./actions.js";
import { Button, Dialog, Empty, Loading } from "./basic.js";

const EVERY = 15_000;

// `rows` makes the rows out of what came; `head` stands beside the title, and gets what asks again.
export function SystemTable({ title, path, query, heads, row, rows = (data) => data, head = () => null }) {
  const { data, problem, again } = useRemote(path, { query, every: EVERY });
  const name = tell(title);
  const found = data ? rows(data) : [];
  return html`<section class="panel" aria-label=${name}><div class="panel-head"><h2>${name}</h2>${head(again, found)}</div>
    ${!data ? html`<${Loading} problem=${problem} />` : found.length === 0 ? html`<${Empty}>${tell("page.system.none")}<//>`
      : html`<div class="scroll" tabindex="0" role="group" aria-label=${name}><table><thead><tr>${heads.map((one) => html`<th key=${one}>${tell(one)}</th>`)}</tr></thead><tbody>${found.map((one) => row(one, again))}</tbody></table></div>`}</section>`;
}

// Something of the site that ends for good, after a question.
export function End({ path, title, again, text = "page.system.end-text", word = "page.system.end" }) {
  const [asking, setAsking] = useState(false);
  const end = async () => {
    try { await api.remove(path); announce(tell("page.system.ended"), { tone: "good" }); again(); } catch (problem) { announceProblem(problem); }
  };
  return html`<${Button} kind="danger" label=${title} why=${may("admin", tell)} onClick=${() => setAsking(true)}>${tell(word)}<//>
    ${asking && html`<${Confirm} title=${title} text=${tell(text)} yes=${tell(word)} kind="danger" onYes=${end} onClose=${() => setAsking(false)} />`}`;
}

// What is shown once: a token, a first password.
export function Once({ title, text, secret, onClose }) {
  return html`<${Dialog} title=${title} onClose=${onClose}><p>${text}</p><label for="once">${title}</label><input id="once" type="text" class="code" readonly value=${secret} onFocus=${(event) => event.target.select()} data-first />
    <div class="dialog-foot"><button type="button" class="button primary" onClick=${onClose}>${tell("page.system.noted")}</button></div><//>`;
}
