// One deployment as it happens: its stages with their times, its warnings, the log of the new instance, its end.

import * as api from "./api.js";
import { button, make, show, text } from "./dom.js";

// Every kind of event that the service tells; a test compares this with the service's own list.
export const KINDS = [
  "received", "libraries-added", "started", "analysed", "compared", "base-chosen", "server-chosen", "archive-used",
  "archive-made",
  "image-built", "image-loaded", "release-recorded", "beside", "stood-still",
  "brought-up", "found-down", "instance-started", "health-chosen", "healthy", "switched",
  "live", "old-stopped", "settled", "switched-back", "image-kept", "version-made", "bundle-ready", "component-brought",
  "taken-back", "warning", "recovered", "failed", "log",
];
const STAGES = [
  ["received", "Received"], ["analysed", "Analysed"], ["base", "Base"], ["built", "Built"], ["loaded", "Loaded"],
  ["started", "Started"], ["healthy", "Healthy"], ["switched", "Switched"], ["live", "Live"], ["settled", "Settled"],
];
// A changed configuration has no upload, a rollback has its image already.
const FIRST_STAGE = { spec: 1, rollback: 4 };
const ENDED = ["settled", "failed", "switched-back", "cancelled"];
const CHANGES_PHASE = ["started", "analysed", "instance-started", "live", "settled", "failed", "switched-back"];
const HEADLINES = {
  queued: "Queued", building: "Building", swapping: "Swapping", live: "Live", settled: "Live and settled",
  failed: "Failed", "switched-back": "Switched back", cancelled: "Cancelled",
};
const CAUSES = {
  artifact: "New artifact", spec: "Changed configuration", rollback: "Rollback", apply: "Installation", remove: "Removal",
  stop: "Stop", start: "Start", repair: "Repair",
};
const LONGEST_LOG = 500;

export class DeploymentPanel {
  constructor(id) {
    this.id = id;
    this.number = 0;
    this.source = null;
    this.timer = null;
    this.closed = false;
    this.stages = new Map();
    this.build();
    this.begin();
  }

  build() {
    this.title = make("h2", {}, "Deployment");
    this.phase = make("span", { class: "chip", role: "status" }, "…");
    this.by = make("p", { class: "muted small" });
    this.failure = make("div", { class: "failure", role: "alert", hidden: true });
    this.list = make("ol", { class: "stages" });
    this.warnings = make("ul", { class: "notes", role: "status" });
    this.notes = make("ul", { class: "notes" });
    this.log = make("pre", { class: "log", tabindex: "0", "aria-label": "Log of the new instance" });
    this.logBox = make("details", { class: "log-box", open: true }, make("summary", {}, "Log of the new instance"), this.log);
    this.logRow = make("li", { class: "stage-log", hidden: true }, this.logBox);
    this.element = make(
      "section", { class: "card deployment", "data-deployment": this.id },
      make("header", { class: "panel-head" }, this.title, this.phase), this.by,
      this.failure, this.warnings, this.list, this.notes,
    );
  }

  async begin() {
    await this.refresh();
    if (this.closed || !this.deployment) return;
    const whole = this.deployment.component === "";
    const from = FIRST_STAGE[this.deployment.cause] || 0;
    for (const [key, label] of whole ? [] : STAGES.slice(from)) this.addStage(key, label);
    if (!whole) this.stages.get("started").after(this.logRow);
    this.showPhase();
    this.listen();
  }

  addStage(key, label) {
    const row = make(
      "li", { class: "stage", "data-stage": key },
      make("span", { class: "mark", "aria-hidden": "true" }), make("span", { class: "stage-name" }, label),
      make("span", { class: "stage-time" }), make("span", { class: "stage-text muted" }),
    );
    this.stages.set(key, row);
    this.list.append(row);
  }

  async refresh() {
    try {
      this.deployment = await api.deployment(this.id);
      this.showPhase();
    } catch (problem) {
      text(this.by, `${problem.message} ${problem.hint}`);
    }
  }

  showPhase() {
    const { application, component, phase, cause, actor, door } = this.deployment;
    text(this.title, component ? `${component} · ${application}` : application);
    text(this.phase, HEADLINES[phase] || phase);
    this.element.dataset.phase = phase;
    text(this.by, `${CAUSES[cause] || cause} · ${actor}, ${door}`);
    if (ENDED.includes(phase)) {
      for (const row of this.stages.values()) if (!row.dataset.reached) show(row, false);
      if (this.deployment.error_message && this.failure.hidden) {
        this.showFailure(this.deployment.error_message, this.deployment.error_hint, []);
      }
    }
    this.markCurrent();
  }

  markCurrent() {
    const waiting = [...this.stages.values()].filter((row) => !row.dataset.reached);
    const busy = !ENDED.includes(this.deployment.phase) && this.deployment.phase !== "queued";
    for (const row of this.stages.values()) row.classList.toggle("current", busy && row === waiting[0]);
  }

  listen() {
    if (this.closed) return;
    this.source = new EventSource(api.eventsAddress(this.id, this.number));
    for (const kind of KINDS) this.source.addEventListener(kind, (message) => this.hear(JSON.parse(message.data)));
    this.source.addEventListener("error", () => this.lost());
  }

  // The service closes the stream when all is told; a browser would open it again for ever.
  async lost() {
    const refused = this.source.readyState === EventSource.CLOSED;
    await this.refresh();
    if (this.deployment && ENDED.includes(this.deployment.phase)) {
      this.close();
      await this.catchUp();
    } else if (refused && !this.closed) {
      this.source.close();
      await this.catchUp();
      this.timer = setTimeout(() => this.lost(), 2000);
    }
  }

  async catchUp() {
    try {
      for (const told of await api.events(this.id)) this.hear(told);
    } catch (problem) {
      text(this.by, `${problem.message} ${problem.hint}`);
    }
  }

  hear(told) {
    if (told.number !== 0 && told.number <= this.number) return;
    this.number = Math.max(this.number, told.number);
    const { event } = told;
    const row = told.stage ? this.stages.get(told.stage) : null;
    if (event.kind === "log") this.addLog(event.text);
    else if (event.kind === "failed") this.showFailure(event.message, event.hint, event.log_tail);
    else if (row) this.reach(row, told);
    else this.note(told);
    if (CHANGES_PHASE.includes(event.kind)) this.refresh();
    this.markCurrent();
  }

  reach(row, told) {
    const seconds = (new Date(told.at) - new Date(this.deployment.created)) / 1000;
    row.dataset.reached = "yes";
    show(row, true);
    text(row.querySelector(".stage-time"), `${seconds.toFixed(1)} s`);
    text(row.querySelector(".stage-text"), told.text);
    if (told.stage === "healthy") this.logBox.open = false;
    row.scrollIntoView({ block: "nearest" });
  }

  note(told) {
    const warning = told.event.kind === "warning" || told.event.kind === "switched-back";
    const hint = told.event.hint ? ` ${told.event.hint}` : "";
    const list = warning ? this.warnings : this.notes;
    list.append(make("li", { class: warning ? "warning" : "muted" }, told.text + hint));
  }

  showFailure(message, hint, tail) {
    this.failure.replaceChildren(make("p", { class: "failure-text" }, message));
    if (hint) this.failure.append(make("p", { class: "failure-hint" }, hint));
    if (tail.length) {
      this.failure.append(make("p", { class: "small muted" }, "The last lines of the new instance:"), make("pre", { class: "log" }, tail.join("\n")));
    }
    show(this.failure, true);
    this.failure.scrollIntoView({ block: "nearest" });
  }

  addLog(line) {
    show(this.logRow, true);
    const atEnd = this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - 8;
    this.log.append(`${line}\n`);
    while (this.log.childNodes.length > LONGEST_LOG) this.log.firstChild.remove();
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    if (this.source) this.source.close();
  }
}

export class LogPanel {
  constructor(application, component, onclose) {
    this.log = make("pre", { class: "log tall", tabindex: "0", "aria-label": "Log" });
    this.state = make("p", { class: "muted small" }, "Waiting for the first lines…");
    this.element = make(
      "section", { class: "card deployment" },
      make("header", { class: "panel-head" }, make("h2", {}, `Log of ${component} · ${application}`), button("Close", onclose)),
      this.state, this.log,
    );
    this.source = new EventSource(api.logAddress(application, component));
    this.source.addEventListener("log", (message) => this.add(JSON.parse(message.data).text));
    this.source.addEventListener("failed", (message) => this.end(JSON.parse(message.data)));
    this.source.addEventListener("error", () => this.end({ message: "The log ended.", hint: "" }));
  }

  add(line) {
    text(this.state, "As it is written:");
    const atEnd = this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - 8;
    this.log.append(`${line}\n`);
    while (this.log.childNodes.length > LONGEST_LOG) this.log.firstChild.remove();
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  end({ message, hint }) {
    text(this.state, `${message} ${hint}`);
    this.close();
  }

  close() {
    this.source.close();
  }
}
