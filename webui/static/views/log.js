// The log of what runs, as it is written.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { Heading, Name, visible } from "../pieces/basic.js";
import { ComponentHead } from "../pieces/heads.js";
import { tell } from "../words.js";
import * as api from "../page/api.js";
import { read } from "../page/sse.js";
import { applicationOf, componentOf, useStore } from "../page/store.js";
import { useTitle } from "../page/title.js";

const MOST = 5000;

function useLines(application, component) {
  const [lines, setLines] = useState([]);
  const [state, setState] = useState("waiting");
  useEffect(() => {
    const ending = new AbortController();
    const follow = async () => {
      while (!ending.signal.aborted) {
        let fresh = true;
        const hear = (kind, data) => {
          const told = JSON.parse(data);
          const text = kind === "log" ? told.text : told.message;
          setState("open");
          // A connection begins with the last lines: they take the place of what stood there.
          setLines((before) => [...(fresh ? [] : before), text].slice(-MOST));
          fresh = false;
        };
        await read(api.address(`${api.componentPath(application, component)}/logs`, { follow: "true", tail: 500 }), { signal: ending.signal, hear }).catch(() => 0);
        setState("again");
        await new Promise((resolve) => { setTimeout(resolve, 2000); });
      }
    };
    follow();
    return () => ending.abort();
  }, [application, component]);
  return { lines, state };
}

export default function Log({ params }) {
  const view = useStore((known) => applicationOf(known, params.application));
  const part = useStore((known) => componentOf(known, params.application, params.component));
  const { lines, state } = useLines(params.application, params.component);
  const box = useRef();
  const end = useRef(true);
  useTitle(`${tell("page.log.title")} · ${params.component}`);
  useEffect(() => { if (end.current && box.current) box.current.scrollTop = box.current.scrollHeight; }, [lines]);
  return html`${part ? html`<${ComponentHead} view=${view} part=${part} at="log" />` : html`<${Heading}><${Name}>${params.component}<//><//>`}
    <p class="quiet small" role="status">${tell(`page.log.${state}`)}</p>
    <pre class="log tall" tabindex="0" role="region" ref=${box} aria-label=${tell("page.log.of", { name: params.component })}
      onScroll=${({ target }) => { end.current = target.scrollTop + target.clientHeight >= target.scrollHeight - 8; }}>${lines.map((line) => `${visible(line)}\n`)}</pre>`;
}
