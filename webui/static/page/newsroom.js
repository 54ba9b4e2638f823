// Asks the service for news on behalf of every tab of one browser: the site's state, and the deployments that somebody
// looks at. Runs in the SharedWorker, or in the tab itself where there is none. Nobody who looks: nothing is asked.

import { read } from "./sse.js";

const EVERY = 2000;
const PATIENCE = 8000;
const STREAMS = 2;

export class Newsroom {
  constructor() {
    this.readers = new Map();
    this.followed = new Map();
    this.timer = null;
    this.asking = false;
    this.last = null;
  }

  // `reader` is a key; `say` gets what there is to tell; wants: {visible, deployments: [id]}.
  join(reader, say) {
    this.readers.set(reader, { say, visible: false, deployments: [] });
  }

  leave(reader) {
    this.readers.delete(reader);
    this.arrange();
  }

  want(reader, { visible, deployments = [] }) {
    const known = this.readers.get(reader);
    if (!known) return;
    const fresh = deployments.filter((id) => !known.deployments.includes(id));
    const woke = visible && !known.visible;
    Object.assign(known, { visible, deployments });
    if (woke && this.last) known.say(this.last);
    for (const id of fresh) {
      const followed = this.followed.get(id);
      if (followed) known.say({ kind: "told", id, events: followed.events, whole: true });
    }
    this.arrange(woke);
  }

  // Somebody changed something: what it led to is asked for at once.
  hurry() {
    this.arrange(true);
  }

  watched() {
    return [...this.readers.values()].filter((one) => one.visible);
  }

  arrange(now = false) {
    const watched = this.watched();
    const wanted = new Set(watched.flatMap((one) => one.deployments));
    for (const [id, followed] of this.followed) {
      if (!wanted.has(id)) { followed.ending.abort(); this.followed.delete(id); }
    }
    for (const id of wanted) if (!this.followed.has(id)) this.follow(id);
    if (watched.length === 0) { clearTimeout(this.timer); this.timer = null; }
    else if (now || this.timer === null) { clearTimeout(this.timer); this.timer = setTimeout(() => this.look(), 0); }
  }

  async look() {
    if (this.asking) return;
    this.asking = true;
    try {
      const asked = ["/api/applications", "/api/deployments?limit=60", "/api/uploads"].map((address) => this.ask(address));
      const [applications, deployments, uploads] = await Promise.all(asked);
      this.last = { kind: "site", at: Date.now(), applications, deployments, uploads };
      this.announce(this.last);
    } catch (failure) {
      if (failure.status === 401) this.last = null;
      this.announce({ kind: failure.status === 401 ? "signed-out" : "silence", status: failure.status || 0 });
    } finally {
      this.asking = false;
      this.timer = this.watched().length ? setTimeout(() => this.look(), EVERY) : null;
    }
  }

  announce(news) {
    for (const one of this.watched()) one.say(news);
  }

  async ask(address) {
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), PATIENCE);
    try {
      const response = await fetch(address, { headers: { Accept: "application/json" }, signal: ending.signal });
      if (!response.ok) throw Object.assign(new Error(address), { status: response.status });
      return await response.json();
    } finally {
      clearTimeout(timer);
    }
  }

  async follow(id) {
    const followed = { events: [], number: 0, ending: new AbortController() };
    this.followed.set(id, followed);
    const signal = followed.ending.signal;
    const streaming = [...this.followed.values()].filter((one) => one.streams).length < STREAMS;
    followed.streams = streaming;
    const address = `/api/deployments/${encodeURIComponent(id)}/events`;
    const hear = (told) => this.hear(id, followed, told);
    while (!signal.aborted) {
      try {
        const status = streaming ? await read(address, { after: followed.number, signal, hear: (_, data) => hear(JSON.parse(data)) }) : 0;
        if (status === 204) return;
        // Too many streams are open, or none is wanted: the same address answers with a list.
        if (status !== 200) for (const told of await this.ask(`${address}?after=${followed.number}`)) hear(told);
      } catch {
        if (signal.aborted) return;
      }
      await new Promise((resolve) => { setTimeout(resolve, 2000); });
    }
  }

  hear(id, followed, told) {
    if (told.number !== 0 && told.number <= followed.number) return;
    followed.number = Math.max(followed.number, told.number);
    followed.events.push(told);
    if (followed.events.length > 3000) followed.events = followed.events.filter((one) => one.number !== 0);
    for (const one of this.watched()) if (one.deployments.includes(id)) one.say({ kind: "told", id, events: [told] });
    if (told.event.kind !== "log") this.hurry();
  }
}
