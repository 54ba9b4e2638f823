// What a view asks the service for: loaded when it is opened, again when `keys` change, and by itself after a failure,
// so that a panel that was opened while the service was away is there when the service is.

import { useCallback, useEffect, useRef, useState } from "../vendor/preact.js";
import * as api from "./api.js";
import { useStore } from "./store.js";

const AGAIN_AFTER = 2500;

// `path` null: nothing is asked. Gives {data, problem, again}; data of before stays while the next is loaded.
export function useRemote(path, { query, keys = [], every = 0 } = {}) {
  const [found, setFound] = useState({ data: null, problem: null, path: null });
  const [round, setRound] = useState(0);
  const seen = useStore((known) => known.who);
  const text = JSON.stringify([path, query, keys, round]);
  const timer = useRef();
  useEffect(() => {
    if (path === null || !seen) return undefined;
    const ending = new AbortController();
    const load = async () => {
      if (document.visibilityState === "hidden") { timer.current = setTimeout(load, AGAIN_AFTER); return; }
      try {
        const data = await api.get(path, query, { signal: ending.signal });
        if (ending.signal.aborted) return;
        setFound({ data, problem: null, path });
        if (every) timer.current = setTimeout(load, every);
      } catch (problem) {
        if (ending.signal.aborted) return;
        setFound((before) => ({ data: before.path === path ? before.data : null, problem, path }));
        if (problem.status === 0 || problem.status >= 500 || problem.status === 429) timer.current = setTimeout(load, AGAIN_AFTER);
      }
    };
    load();
    return () => { ending.abort(); clearTimeout(timer.current); };
  }, [text, seen]);
  const again = useCallback(() => setRound((count) => count + 1), []);
  const current = found.path === path ? found : { data: null, problem: null };
  return { data: current.data, problem: current.problem, again };
}
