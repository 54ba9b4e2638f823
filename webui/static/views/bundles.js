// What the command line does until this view does it.

import { html } from "../vendor/preact.js";
import { Heading } from "../pieces/basic.js";
import { tell } from "../words.js";
import { useTitle } from "../page/title.js";

export default function View() {
  useTitle(tell("page.nav.bundles"));
  return html`<${Heading}>${tell("page.nav.bundles")}<//><p>${tell("page.by-command")}</p><pre class="code">buildsvc export APP@VERSION -o FILE</pre>`;
}
