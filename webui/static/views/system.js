// What the command line does until this view does it.

import { html } from "../vendor/preact.js";
import { Heading } from "../pieces/basic.js";
import { tell } from "../words.js";
import { useTitle } from "../page/title.js";

export default function View() {
  useTitle(tell("page.nav.system"));
  return html`<${Heading}>${tell("page.nav.system")}<//><p>${tell("page.by-command")}</p><pre class="code">buildsvc doctor</pre>`;
}
