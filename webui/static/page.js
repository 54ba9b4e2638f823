// The page: words first, then who is signed in, then the view that the address means. webui/README.md says how a view is added.

import { html, render, useCallback, useEffect, useRef, useState } from "./vendor/preact.js";
import { ProblemBox } from "./pieces/basic.js";
import * as api from "./page/api.js";
import { Frame } from "./page/frame.js";
import { listenToKeys } from "./page/keys.js";
import { Must } from "./page/must.js";
import * as news from "./page/news.js";
import { followLinks, match, useAddress } from "./page/router.js";
import { SignIn, take } from "./page/sign-in.js";
import * as store from "./page/store.js";
import { takeDrops } from "./tray/drops.js";
import { restore } from "./tray/queue.js";
import { Tray } from "./tray/tray.js";
import * as words from "./words.js";

const loaded = new Map();

// A view's module is fetched when it is first wanted; a failure is tried again, for the service may be away just now.
function useView(name) {
  const [, again] = useState(0);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    if (loaded.has(name)) return undefined;
    let timer = 0;
    const load = (count) => import(`./views/${name}.js${count ? `?again=${count}` : ""}`).then(
      (module) => { loaded.set(name, module.default); setProblem(null); again((n) => n + 1); },
      () => { setProblem(api.unreachable()); timer = setTimeout(load, 2500, count + 1); },
    );
    load(0);
    return () => clearTimeout(timer);
  }, [name]);
  return { View: loaded.get(name) || null, problem };
}

// `arrived`: somebody came here by signing in or by another language, and the focus comes along.
function Work({ arrived, onArrived }) {
  const moved = useRef(arrived ? { back: false, y: 0 } : null);
  useEffect(onArrived, []);
  const address = useAddress(useCallback((_, how) => { moved.current = how; }, []));
  const route = match(address.path);
  const { View, problem } = useView(route.view);
  // Whoever comes to another view begins at its heading; whoever comes back, where they were.
  useEffect(() => {
    if (!View || !moved.current || moved.current.replace) return;
    const { back, y } = moved.current;
    moved.current = null;
    document.getElementById("heading")?.focus({ preventScroll: true });
    scrollTo(0, back ? y : 0);
  }, [View, address.path, address.query]);
  const body = View
    ? html`<${View} key=${address.path} params=${route.params} query=${address.query} hash=${address.hash} />`
    : html`<${ProblemBox} problem=${problem} />`;
  return html`<${Frame} route=${route} tray=${html`<${Tray} />`}>${body}<//>`;
}

function Page() {
  const [, again] = useState(0);
  const [over, setOver] = useState({ target: null, shown: false });
  const before = useRef(false);
  const who = store.useStore((known) => known.who);
  useEffect(() => {
    const changed = () => again((n) => n + 1);
    addEventListener("wordschange", changed);
    takeDrops((next) => setOver((now) => (JSON.stringify(now) === JSON.stringify(next) ? now : next)));
    return () => removeEventListener("wordschange", changed);
  }, []);
  if (who === undefined) return null;
  if (who === null) before.current = true;
  if (who === null) return html`<${SignIn} key=${words.language()} />`;
  const [must] = who.must || [];
  if (must) return html`<${Must} key=${`${must} ${words.language()}`} what=${must} />`;
  return html`<div key=${words.language()}><${Work} arrived=${before.current} onArrived=${() => { before.current = true; }} />
    ${over.shown && html`<div class="drop"><p>${over.target ? words.tell("page.drop.for", over.target) : words.tell(over.image ? "page.drop.image" : "page.drop.anywhere")}</p></div>`}</div>`;
}

// The service may be away when the page is opened: asked again until it says who this is.
async function whoAmI() {
  try {
    take(await api.get("session"));
  } catch (problem) {
    if (problem.status === 401) take(null);
    else setTimeout(whoAmI, 2500);
  }
}

async function begin() {
  await words.load();
  followLinks();
  listenToKeys();
  news.begin();
  sessionStorage.removeItem("buildsvc-arriving");
  render(html`<${Page} />`, document.getElementById("page"));
  await whoAmI();
  restore();
}

begin();
