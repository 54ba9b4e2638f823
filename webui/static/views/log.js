// The log of what runs: follow and pause, search with a count, a link to a line, and what is shown as a file. After a
// break it goes on where it was: the last lines are asked for again, and those that are known already are left out.

import { html, useEffect, useMemo, useRef, useState } from "../vendor/preact.js";
import { Line, bare, level } from "../pieces/ansi.js";
import { Heading, Name } from "../pieces/basic.js";
import { ComponentHead } from "../pieces/heads.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { announce } from "../page/live.js";
import { saveFile } from "../page/saving.js";
import { read } from "../page/sse.js";
import { applicationOf, componentOf, useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

const MOST = 2000;
const TAIL = 500;
const BURST = 400;

// What `fresh` (the last lines, asked for again) adds to `known`.
export function joined(known, fresh) {
  for (let count = Math.min(known.length, fresh.length); count > 0; count -= 1) {
    if (known.slice(-count).every((line, index) => line === fresh[index])) return [...known, ...fresh.slice(count)];
  }
  return known.length && fresh.length ? [...known, null, ...fresh] : [...known, ...fresh];
}

function useLines(application, component) {
  const [lines, setLines] = useState([]);
  const [state, setState] = useState({ key: "waiting", text: "" });
  useEffect(() => {
    let ending = new AbortController();
    let ended = false;
    const add = (fresh, first) => setLines((before) => (first ? joined(before, fresh) : [...before, ...fresh]).slice(-MOST));
    const follow = async () => {
      while (!ended) {
        if (document.visibilityState === "visible") await once(ending.signal);
        await new Promise((resolve) => { setTimeout(resolve, 1500); });
      }
    };
    const once = async (signal) => {
      let [waiting, first, timer] = [[], true, 0];
      const flush = () => { clearTimeout(timer); timer = 0; if (waiting.length) add(waiting, first); if (waiting.length) first = false; waiting = []; };
      const hear = (kind, data) => {
        const told = JSON.parse(data);
        if (kind !== "log") { setState({ key: "said", text: `${told.message} ${told.hint || ""}` }); return; }
        setState({ key: "open", text: "" });
        waiting.push(told.text);
        if (!timer) timer = setTimeout(flush, first ? BURST : 250);
      };
      const path = `${api.componentPath(application, component)}/logs`;
      const status = await read(api.address(path, { follow: "true", tail: TAIL }), { signal, hear }).catch(() => 0);
      flush();
      if (status !== 200) setState({ key: "again", text: "" });
    };
    // A hidden tab holds no connection; when it is seen again it catches up.
    const seen = () => { if (document.visibilityState === "hidden") { ending.abort(); ending = new AbortController(); } };
    document.addEventListener("visibilitychange", seen);
    follow();
    return () => { ended = true; ending.abort(); document.removeEventListener("visibilitychange", seen); };
  }, [application, component]);
  return { lines, state };
}

const save = (lines, name) => saveFile(name, lines.map((line) => `${line === null ? "" : bare(line)}\n`), "text/plain");

const marked = (line) => encodeURIComponent(bare(line).slice(0, 120));

export default function Log({ params, hash }) {
  const view = useStore((known) => applicationOf(known, params.application));
  const part = useStore((known) => componentOf(known, params.application, params.component));
  const { lines, state } = useLines(params.application, params.component);
  const [paused, setPaused] = useState(null);
  const [sought, setSought] = useState("");
  const [at, setAt] = useState(0);
  const [target, setTarget] = useState(() => { try { return decodeURIComponent((hash || "").replace(/^#line=/, "")); } catch { return ""; } });
  const box = useRef();
  const shown = paused || lines;
  const needle = sought.toLowerCase();
  const hits = useMemo(() => (needle ? shown.flatMap((line, index) => (line !== null && bare(line).toLowerCase().includes(needle) ? [index] : [])) : []), [needle, shown]);
  useTitle(`${tell("page.log.title")} · ${params.component}`);
  useEffect(() => { if (!paused && !target && box.current) box.current.scrollTop = box.current.scrollHeight; }, [lines, paused]);
  useEffect(() => { box.current?.querySelector("[data-hit]")?.scrollIntoView({ block: "center" }); }, [at, needle]);
  useEffect(() => { if (target && lines.length) { setPaused(lines); box.current?.querySelector("[data-target]")?.scrollIntoView({ block: "center" }); } }, [lines.length > 0, target]);
  const step = (by) => { setPaused(shown); setAt((hits.length + at + by) % (hits.length || 1)); };
  const link = (line) => {
    history.replaceState(history.state, "", `#line=${marked(line)}`);
    setTarget(bare(line).slice(0, 120));
    announce(tell("page.log.linked"));
  };
  const current = hits[at % (hits.length || 1)];
  return html`${part ? html`<${ComponentHead} view=${view} part=${part} at="log" />` : html`<${Heading}><${Name}>${params.component}<//><//>`}
    <div class="log-tools" role="group" aria-label=${tell("page.log.tools")}>
      <button type="button" class="button" aria-pressed=${paused ? "true" : "false"} onClick=${() => { setTarget(""); setPaused(paused ? null : lines); }}>${tell(paused ? "page.log.follow" : "page.log.pause")}</button>
      <input type="search" aria-label=${tell("page.log.search")} placeholder=${tell("page.log.search")} value=${sought} onInput=${(event) => { setSought(event.target.value); setAt(0); if (event.target.value && !paused) setPaused(lines); }}
        onKeyDown=${(event) => { if (event.key === "Enter") { event.preventDefault(); step(event.shiftKey ? -1 : 1); } }} />
      ${needle && html`<span role="status" class="quiet small">${tell("page.log.hits", { at: hits.length ? at + 1 : 0, count: hits.length })}</span>`}
      <span class="quiet small log-state" role="status">${state.key === "said" ? state.text : tell(`page.log.${state.key}`)}</span>
      <button type="button" class="button" onClick=${() => save(shown, `${params.component}.log`)}>${tell("page.log.save")}</button>
    </div>
    <div class="log tall" tabindex="0" role="region" ref=${box} aria-label=${tell("page.log.of", { name: params.component })}
      onScroll=${({ target: scrolled }) => { if (!paused && scrolled.scrollTop + scrolled.clientHeight < scrolled.scrollHeight - 40) setPaused(lines); }}>
      ${shown.map((line, index) => (line === null ? html`<p class="log-gap" key=${index}>${tell("page.log.gap")}</p>` : html`<p key=${index} class="line ${level(line)} ${current === index ? "hit" : ""}" data-hit=${current === index ? "" : undefined}
        data-target=${target && bare(line).startsWith(target) ? "" : undefined}><button type="button" class="line-number" tabindex="-1" aria-label=${tell("page.log.link", { number: index + 1 })} onClick=${() => link(line)}>${index + 1}</button><span class="line-text"><${Line} text=${line} /></span></p>`))}
    </div>`;
}
