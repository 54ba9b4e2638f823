// Applications and their components, kept fresh; the releases of a component with the way back.

import * as api from "./api.js";
import { ago, button, keyed, make, moment, show, text } from "./dom.js";

const STALE = 30;

export function render(root, views, actions) {
  if (views.length === 0) {
    root.replaceChildren(
      make(
        "section",
        { class: "card empty", "data-key": "empty" },
        make("h2", {}, "No application yet"),
        make("p", { class: "muted" }, "Install one from its Compose file:"),
        make("pre", {}, "buildsvc apply compose.yaml"),
      ),
    );
    return;
  }
  keyed(root, views, (view) => view.name, (view) => application(view), (element, view) => update(element, view, actions));
}

function application(view) {
  return make(
    "section",
    { class: "card application", "aria-label": view.name },
    make("header", { class: "application-head" }, make("h2", {}, view.name), make("p", { class: "muted seen" })),
    make("p", { class: "notice", hidden: true }),
    make("ul", { class: "components" }),
  );
}

function update(element, view, actions) {
  const running = view.components.filter((part) => part.state === "running").length;
  const stale = view.age !== null && view.age > STALE;
  const seen = view.age === null ? "not looked at yet" : `seen ${ago(view.age)} ago`;
  text(element.querySelector(".seen"), `${running} of ${view.components.length} running · ${seen}`);
  element.classList.toggle("stale", stale);
  const notice = element.querySelector(".notice");
  text(notice, view.problem || (stale ? "The observer has not looked for a while; what is shown may be old." : ""));
  show(notice, notice.textContent !== "");
  keyed(
    element.querySelector(".components"),
    view.components,
    (part) => part.name,
    (part) => component(view.name, part, actions),
    (row, part) => updateComponent(row, part),
  );
}

function component(owner, part, actions) {
  const row = make("li", { class: "component", "data-kind": part.kind });
  if (part.kind === "jar") Object.assign(row.dataset, { application: owner, component: part.name });
  const list = make("div", { class: "releases", hidden: true });
  const toggle = button("Releases", () => toggleReleases(), "quiet", { "aria-expanded": "false" });
  async function toggleReleases() {
    show(list, list.hidden);
    toggle.setAttribute("aria-expanded", String(!list.hidden));
    if (!list.hidden) await showReleases(list, owner, part.name, actions);
  }
  const buttons = make("div", { class: "actions" });
  if (part.kind === "jar") {
    const last = button("Last deployment", () => actions.open(row.dataset.deployment), "quiet last");
    buttons.append(last, toggle);
  }
  buttons.append(button("Log", () => actions.log(owner, part.name)));
  if (part.kind === "jar") buttons.append(button("Push…", () => actions.choose({ application: owner, component: part.name })));
  row.append(
    make("span", { class: "state" }, make("span", { class: "dot", "aria-hidden": "true" }), make("span", { class: "state-word" })),
    make("div", {}, make("strong", { class: "name" }, part.name), make("span", { class: "ports muted" })),
    buttons,
    make("div", { class: "runs muted" }),
    list,
  );
  return row;
}

function updateComponent(row, part) {
  row.dataset.state = part.state;
  row.dataset.release = part.release ?? "";
  text(row.querySelector(".state-word"), part.state);
  text(row.querySelector(".ports"), part.ports.join("  "));
  text(row.querySelector(".runs"), runs(part));
  const last = row.querySelector(".last");
  if (!last) return;
  row.dataset.deployment = part.deployment ? part.deployment.id : "";
  show(last, part.deployment !== null);
  const failed = part.deployment !== null && ["failed", "switched-back"].includes(part.deployment.phase);
  last.classList.toggle("failed", failed);
  text(last, failed ? "Last deployment failed" : "Last deployment");
}

function runs(part) {
  if (part.kind === "image") return part.image;
  if (part.release === null) return "waits for its first jar";
  const version = part.version ? ` (${part.version})` : "";
  return `release ${part.release} · ${part.filename}${version} · since ${moment(part.since)}`;
}

async function showReleases(list, owner, name, actions) {
  try {
    const releases = await api.releases(owner, name);
    if (releases.length === 0) list.replaceChildren(make("p", { class: "muted" }, "No release yet."));
    else list.replaceChildren(make("ol", {}, ...releases.map((release) => releaseRow(list, owner, name, release, actions))));
  } catch (problem) {
    list.replaceChildren(make("p", { class: "problem", role: "alert" }, problem.message));
  }
}

function releaseRow(list, owner, name, release, actions) {
  const version = release.version ? ` (${release.version})` : "";
  const act = make("span", { class: "actions" });
  if (release.live) act.append(make("span", { class: "chip live" }, "live"));
  else if (release.pruned) act.append(make("span", { class: "chip" }, "pruned"));
  else if (!release.served) act.append(make("span", { class: "chip" }, "never served"));
  else offer();

  function offer() {
    const ask = button("Roll back", () => confirm(), "quiet", { "aria-label": `Roll back to release ${release.number}` });
    act.replaceChildren(ask);
    return ask;
  }
  function confirm() {
    const yes = button(`Yes, bring release ${release.number} back`, () => go(), "primary");
    act.replaceChildren(yes, button("Keep", () => offer().focus()));
    yes.focus();
  }
  async function go() {
    act.replaceChildren("…");
    try {
      const accepted = await api.rollback(owner, name, release.number);
      actions.open(accepted.deployment.id);
      show(list, false);
      list.parentElement.querySelector("[aria-expanded]").setAttribute("aria-expanded", "false");
    } catch (problem) {
      act.replaceChildren(make("span", { class: "problem", role: "alert" }, `${problem.message} ${problem.hint}`));
    }
  }
  return make(
    "li",
    { class: "release" },
    make("span", { class: "number" }, `${release.number}`),
    make("span", { class: "release-what" }, `${release.filename}${version}`),
    make("span", { class: "muted" }, `Java ${release.java} · ${moment(release.created)}`),
    act,
  );
}
