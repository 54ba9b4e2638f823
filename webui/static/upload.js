// Sending one jar: how much has left, and what the service said to it.

import * as api from "./api.js";
import { button, make, show, text } from "./dom.js";

export class UploadPanel {
  constructor(file, libraries, target, onaccepted) {
    this.file = file;
    this.libraries = libraries;
    this.target = target;
    this.onaccepted = onaccepted;
    this.percent = make("span", { class: "percent" }, "0 %");
    this.bar = make("progress", { max: "1", value: "0", "aria-label": `Upload of ${file.name}` });
    this.state = make("p", { class: "muted" }, target ? `for ${target.component} of ${target.application}` : "its component is found by itself");
    this.problem = make("div", { class: "failure", role: "alert", hidden: true });
    this.element = make(
      "section", { class: "card deployment upload" },
      make("header", { class: "panel-head" }, make("h2", {}, libraries ? `${file.name} and ${libraries.name}` : file.name), this.percent), this.bar, this.state, this.problem,
    );
    this.send(false);
  }

  async send(force) {
    show(this.problem, false);
    show(this.bar, true);
    try {
      const accepted = await api.push(this.file, this.libraries, this.target, force, (sent, total) => this.progress(sent, total));
      if (accepted.deployment) this.onaccepted(accepted);
      else if (accepted.already_live === null) this.kept(accepted);
      else this.alreadyLive(accepted);
    } catch (problem) {
      this.refused(problem);
    }
  }

  progress(sent, total) {
    const share = total ? sent / total : 1;
    this.bar.value = share;
    text(this.percent, `${Math.round(share * 100)} %`);
    if (share === 1) text(this.state, "Sent; being read and checked…");
  }

  alreadyLive(accepted) {
    text(this.percent, "live already");
    text(this.state, `This is live already, as release ${accepted.already_live} of ${accepted.component}. Nothing was changed.`);
    this.state.after(button("Deploy it anyway", (event) => { event.target.remove(); this.send(true); }));
  }

  kept(accepted) {
    text(this.percent, "done");
    text(this.state, accepted.message);
  }

  refused(problem) {
    text(this.percent, "refused");
    show(this.bar, false);
    text(this.state, "Nothing was changed.");
    this.problem.replaceChildren(make("p", { class: "failure-text" }, problem.message), make("p", { class: "failure-hint" }, problem.hint));
    show(this.problem, true);
  }

  close() {}
}
