// Where files come from: dropped anywhere on any page, folders too, or chosen. What they are dropped on may say which
// component is meant (data-application, data-component).

import { announce } from "../page/live.js";
import { denied, get } from "../page/store.js";
import { tell } from "../words.js";
import { isJar, isPacked, mayBeMeant } from "./first-bytes.js";
import * as queue from "./queue.js";
import * as rows from "./rows.js";

const MOST = 2000;
const NOTHING = { target: null, shown: false };
let chosenFor = null;

// Lets somebody choose files; `target` is {application, component} or null. With `row`: the file that it lost.
export function chooseFiles(target, row = null) {
  chosenFor = { target, row };
  document.getElementById("file").click();
}

// A thin jar and a zip of its libraries, taken together, are one push; all others are pushes of their own.
function pushFiles(files, target) {
  const [jar, libraries] = [files.find((one) => isJar(one.name)), files.find((one) => isPacked(one.name))];
  const pairs = files.length === 2 && jar && libraries ? [{ file: jar, libraries }] : files.map((file) => ({ file, libraries: null }));
  const sure = pairs.length > 1 && target ? null : target;
  if (pairs.length) queue.take(pairs, sure);
}

const carries = (event) => get().who && event.dataTransfer && [...event.dataTransfer.types].includes("Files");
const refusal = () => denied(get(), "developer", tell);

function targetOf(event) {
  const found = event.target instanceof Element ? event.target.closest("[data-component]") : null;
  return found ? { application: found.dataset.application, component: found.dataset.component } : null;
}

// An image component takes no jar: what is held over one is told so.
const isImage = (event) => event.target instanceof Element && Boolean(event.target.closest("[data-application]")) && !targetOf(event);

// `onover` hears what is aimed at while something is held over the page, and whether anything is.
export function takeDrops(onover) {
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = refusal() ? "none" : "copy";
    onover({ target: targetOf(event), image: isImage(event), shown: true });
  });
  document.addEventListener("dragleave", (event) => { if (event.relatedTarget === null) onover(NOTHING); });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    onover(NOTHING);
    drop(event);
  });
  document.getElementById("file").addEventListener("change", (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    const row = chosenFor && chosenFor.row && rows.find(chosenFor.row.key);
    if (row && files.length) queue.found(row, files[0]);
    else pushFiles(files, chosenFor ? chosenFor.target : null);
  });
  addEventListener("beforeunload", (event) => { if (rows.all().some((row) => row.file && (rows.isGoing(row) || row.state === "ready"))) event.preventDefault(); });
}

async function drop(event) {
  const why = refusal();
  if (why) { announce(tell("page.tray.not-yours"), { tone: "bad", hint: why }); return; }
  const target = targetOf(event);
  const given = [...event.dataTransfer.items].map((item) => ({ file: item.getAsFile(), entry: item.webkitGetAsEntry ? item.webkitGetAsEntry() : null }));
  const files = [];
  let left = 0;
  for (const { file, entry } of given) {
    if (entry && entry.isDirectory) {
      const found = await filesOf(entry);
      files.push(...found.filter((one) => mayBeMeant(one.name)));
      left += found.filter((one) => !mayBeMeant(one.name)).length;
    } else if (file) files.push(file);
  }
  if (left || files.length === 0) announce(tell(files.length ? "page.tray.left-out" : "page.tray.nothing-in-it", { count: left }));
  // A file that a tray's row has lost is not another one.
  const lost = files.length === 1 && rows.all().find((row) => row.state === "lost" && row.name === files[0].name && row.size === files[0].size);
  if (lost) queue.found(lost, files[0]);
  else pushFiles(files, target);
}

// All files below a folder, as far as anybody means it.
async function filesOf(folder) {
  const [waiting, files] = [[folder], []];
  while (waiting.length && files.length < MOST) {
    const entry = waiting.pop();
    if (entry.isFile) {
      files.push(await new Promise((done, fail) => { entry.file(done, fail); }));
      continue;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((done, fail) => { reader.readEntries(done, fail); });
      if (some.length === 0) break;
      waiting.push(...some);
    }
  }
  return files;
}
