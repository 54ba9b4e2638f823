// An address that means nothing.

import { html } from "../vendor/preact.js";
import { Heading } from "../pieces/basic.js";
import { tell } from "../words.js";
import { useTitle } from "../page/title.js";

export default function Nowhere() {
  useTitle(tell("page.nowhere.title"));
  return html`<${Heading}>${tell("page.nowhere.title")}<//><p>${tell("page.nowhere.text")} <a href="/">${tell("page.nav.home")}</a></p>`;
}
