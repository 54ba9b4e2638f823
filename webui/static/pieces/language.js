// The choice of the page's language, the same before and after somebody signed in.

import { html } from "../vendor/preact.js";
import * as words from "../words.js";
import { Choice } from "./basic.js";

export function Language() {
  const choose = async (chosen) => { await words.choose(chosen); dispatchEvent(new Event("wordschange")); };
  const options = words.languages().map((one) => ({ value: one, text: { en: "English", zh: "中文" }[one] || one, lang: one }));
  return html`<${Choice} label=${words.tell("page.language")} options=${options} chosen=${words.language()} onChoose=${choose} />`;
}
