// Who did what: the newest entries, whether the log is as it was written, and all of it as a file.

import { html, useState } from "../vendor/preact.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { announceProblem } from "../page/live.js";
import { useRemote } from "../page/remote.js";
import { saveFile } from "../page/saving.js";
import { Ago, Button, Dot, Name } from "./basic.js";
import { SystemTable } from "./system-table.js";

const MOST = 10_000;
const COLUMNS = ["number", "at", "actor", "action", "target", "address", "detail", "hash"];

// A cell that a sheet does not take for a formula.
function cell(value) {
  const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replace(/"/g, '""')}"`;
}

async function everything() {
  const found = [];
  for (let before; ;) {
    const page = await api.get("audit", { limit: MOST, before }, { deadline: 60_000 });
    found.push(...page);
    if (page.length < MOST) return found;
    before = page.at(-1).number;
  }
}

function Save() {
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const rows = [COLUMNS.join(","), ...(await everything()).map((one) => COLUMNS.map((key) => cell(one[key])).join(","))];
      saveFile("audit.csv", ["\ufeff", rows.join("\r\n")], "text/csv");
    } catch (problem) { announceProblem(problem); }
    setBusy(false);
  };
  return html`<${Button} why=${busy ? tell("page.loading") : ""} onClick=${save}>${tell("page.sheet.csv")}<//>`;
}

function Verdict() {
  const { data } = useRemote("audit/verdict", { every: 60_000 });
  if (!data) return null;
  const whole = data.faults.length === 0;
  return html`<p class="small"><${Dot} tone=${whole ? "good" : "bad"} /> ${whole ? tell("page.system.audit-whole", { number: data.number }) : data.faults.join(" ")}</p>`;
}

const row = (one) => html`<tr key=${one.number}><td><${Ago} at=${one.at} /></td><td><${Name}>${one.actor}<//></td><td>${one.action}</td><td><${Name}>${one.target}<//>${one.detail.reason && html`<div class="quiet small"><${Name}>${one.detail.reason}<//></div>`}</td><td>${one.address}</td></tr>`;

export const Audit = () => html`<${SystemTable} title=${"page.system.audit"} path="audit" query=${{ limit: 100 }} heads=${["page.fact.when", "page.fact.who", "page.fact.what", "page.system.target", "page.system.address"]} row=${row} head=${() => html`<${Verdict} /><${Save} />`} />`;
