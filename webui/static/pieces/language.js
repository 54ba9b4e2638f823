// The choice of the page's language, the same before and after somebody signed in.

import { html } from "../vendor/preact.js";
import * as words from "../words.js";

export function Language() {
  const choose = async (chosen) => { await words.choose(chosen); dispatchEvent(new Event("wordschange")); };
  return html`<div class="language" role="group" aria-label=${words.tell("page.language")}>
    ${words.languages().map((one) => html`<button type="button" class="chip-button" key=${one} lang=${one} aria-pressed=${one === words.language() ? "true" : "false"}
      onClick=${() => choose(one)}>${{ en: "English", zh: "中文" }[one] || one}</button>`)}
  </div>`;
}
