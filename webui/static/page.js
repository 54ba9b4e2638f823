// The page: signing in, staying fresh, taking a jar that is dropped anywhere, and what is shown at the side.

import * as api from "./api.js";
import { render } from "./applications.js";
import { DeploymentPanel, LogPanel } from "./deployment.js";
import { make, show, text } from "./dom.js";
import { UploadPanel } from "./upload.js";
import * as words from "./words.js";

const EVERY = 3000;
const at = (id) => document.getElementById(id);
let panel = null;
let target = null;
let timer = null;

function put(next) {
  if (panel) panel.close();
  panel = next;
  at("side").replaceChildren(next ? next.element : welcome());
}

function welcome() {
  return make(
    "section", { class: "card welcome" },
    make("h2", {}, "Drop a jar anywhere"),
    make("p", { class: "muted" }, "Its component is found by itself. Drop it on a component to name it."),
    make("p", { class: "muted" }, "The new version starts beside the old one, takes over once it is healthy, and nothing else is touched."),
  );
}

const actions = {
  open: (id) => put(new DeploymentPanel(id)),
  log: (application, component) => put(new LogPanel(application, component, () => put(null))),
  choose: (chosen) => { target = chosen; at("file").click(); },
};

const isJar = (file) => /\.jar$/i.test(file.name);
const isPacked = (file) => /\.(zip|tar|tgz|tar\.gz)$/i.test(file.name);

// A thin jar and a zip of its libraries, taken together, are one push; of anything else the first file counts.
function pushFiles(files, to) {
  const [jar, libraries] = [files.find(isJar), files.find(isPacked)];
  if (files.length === 2 && jar && libraries) push(jar, to, libraries);
  else if (files.length) push(files[0], to, null);
}

function push(file, to, libraries) {
  put(new UploadPanel(file, libraries, to, (accepted) => { actions.open(accepted.deployment.id); refresh(); }));
}

async function refresh() {
  clearTimeout(timer);
  if (document.visibilityState === "hidden") return;
  try {
    const views = await api.applications();
    render(at("applications"), views, actions);
    text(at("freshness"), "");
    if (panel === null) openBusy(views);
  } catch (problem) {
    if (problem.status === 401) return showSignIn();
    text(at("freshness"), `${problem.message} ${problem.hint}`);
  }
  timer = setTimeout(refresh, EVERY);
}

// Whoever opens the page while something happens wants to see that.
function openBusy(views) {
  const busy = views
    .flatMap((view) => [view.deployment, ...view.components.map((part) => part.deployment)])
    .filter((deployment) => deployment && ["queued", "building", "swapping"].includes(deployment.phase));
  if (busy.length) actions.open(busy[0].id);
}

function showSignIn() {
  clearTimeout(timer);
  put(null);
  show(at("work"), false);
  show(at("sign-in"), true);
  at("token").focus();
}

function showWork(who) {
  show(at("sign-in"), false);
  show(at("work"), true);
  text(at("who"), `${who.name} · ${who.role}`);
  put(null);
  refresh();
}

async function signIn(event) {
  event.preventDefault();
  const problem = at("sign-in-problem");
  show(problem, false);
  try {
    const who = await api.signIn(at("token").value.trim());
    at("token").value = "";
    showWork(who);
  } catch (refused) {
    text(problem, `${refused.message} ${refused.hint}`);
    show(problem, true);
  }
}

function dropTarget(event) {
  const row = event.target instanceof Element ? event.target.closest("[data-component]") : null;
  return row ? { application: row.dataset.application, component: row.dataset.component } : null;
}

function mark(over) {
  for (const row of document.querySelectorAll(".component.over")) row.classList.remove("over");
  show(at("drop"), over !== undefined);
  if (over === undefined) return;
  text(at("drop-target"), over ? `for ${over.component} of ${over.application}` : "Its component is found by itself.");
  if (over) {
    const { application, component } = over;
    const rows = document.querySelectorAll(`[data-component="${CSS.escape(component)}"][data-application="${CSS.escape(application)}"]`);
    for (const row of rows) row.classList.add("over");
  }
}

const signedIn = () => !at("work").hidden;
const carriesFile = (event) => signedIn() && event.dataTransfer && [...event.dataTransfer.types].includes("Files");

function takeDrops() {
  document.addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    mark(dropTarget(event));
  });
  document.addEventListener("dragleave", (event) => { if (event.relatedTarget === null) mark(undefined); });
  document.addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    mark(undefined);
    pushFiles([...event.dataTransfer.files], dropTarget(event));
  });
}

async function begin() {
  at("sign-in-form").addEventListener("submit", signIn);
  at("sign-out").addEventListener("click", () => api.signOut().catch(() => null).then(showSignIn));
  at("choose").addEventListener("click", () => actions.choose(null));
  at("file").addEventListener("change", () => {
    const files = [...at("file").files];
    at("file").value = "";
    pushFiles(files, target);
  });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible" && signedIn()) refresh(); });
  takeDrops();
  await words.load();
  try {
    showWork(await api.whoAmI());
  } catch {
    showSignIn();
  }
}

begin();
