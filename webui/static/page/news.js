// A tab's part in the news: says whether it is seen and what it looks at, and puts into the store what comes.

import { useEffect, useState } from "../vendor/preact.js";
import * as store from "./store.js";

const TALK = 10_000;
let send = () => {};
const looked = new Map();
const tellings = new Map();

export function begin() {
  send = connect(hear);
  document.addEventListener("visibilitychange", want);
  addEventListener("pagehide", () => send({ kind: "bye" }));
  addEventListener("pageshow", want);
  setInterval(() => { tick(); }, 1000);
  setInterval(want, TALK);
  want();
}

// One connection for all tabs where the browser has SharedWorkers with modules; else this tab asks for itself.
function connect(onnews) {
  try {
    const worker = new SharedWorker(new URL("./news-worker.js", import.meta.url), { type: "module", name: "buildsvc" });
    let answered = false;
    worker.port.onmessage = ({ data }) => { answered = true; onnews(data); };
    const direct = { send: null };
    const alone = () => { if (!answered && !direct.send) inThisTab(onnews).then((found) => { direct.send = found; want(); }); };
    worker.onerror = alone;
    setTimeout(alone, 12_000);
    return (message) => (direct.send || ((said) => worker.port.postMessage(said)))(message);
  } catch {
    const direct = { send: () => {} };
    inThisTab(onnews).then((found) => { direct.send = found; want(); });
    return (message) => direct.send(message);
  }
}

async function inThisTab(onnews) {
  const { Newsroom } = await import("./newsroom.js");
  const newsroom = new Newsroom();
  newsroom.join("tab", onnews);
  return (message) => {
    if (message.kind === "want") newsroom.want("tab", message);
    else if (message.kind === "hurry") newsroom.hurry();
  };
}

function want() {
  const visible = document.visibilityState === "visible" && Boolean(store.get().who);
  send({ kind: "want", visible, deployments: [...looked.keys()] });
  if (visible) tick();
}

export const wake = want;
export const hurry = () => send({ kind: "hurry" });

function tick() {
  if (document.visibilityState === "visible") store.set({ now: Date.now() });
}

function hear(news) {
  if (news.kind === "site") {
    store.set({ applications: news.applications, deployments: news.deployments, uploads: news.uploads || [], newsAt: news.at, now: Date.now() });
  } else if (news.kind === "silence") store.set({ now: Date.now() });
  else if (news.kind === "signed-out") store.set({ who: null });
  else if (news.kind === "told") {
    const before = news.whole ? [] : tellings.get(news.id) || [];
    tellings.set(news.id, [...before, ...news.events]);
    for (const each of looked.get(news.id) || []) each(tellings.get(news.id));
  }
}

// The events of a deployment, in their order, as they come: those with words first in the ledger, log lines between.
export function useEvents(id) {
  const [events, setEvents] = useState(tellings.get(id) || []);
  useEffect(() => {
    setEvents(tellings.get(id) || []);
    const listeners = looked.get(id) || new Set();
    looked.set(id, listeners.add(setEvents));
    want();
    return () => {
      listeners.delete(setEvents);
      if (listeners.size === 0) { looked.delete(id); tellings.delete(id); }
      want();
    };
  }, [id]);
  return events;
}
