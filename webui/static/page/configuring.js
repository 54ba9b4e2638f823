// What a change of a configuration would do, asked again as one types; nothing changes by asking.

import { useEffect, useState } from "../vendor/preact.js";
import * as api from "./api.js";

const TYPING = 350;

// `path` null: nothing is asked.
export function usePlan(path, body) {
  const [told, setTold] = useState({ plan: null, problem: null, about: "" });
  const about = JSON.stringify([path, body]);
  useEffect(() => {
    if (path === null) return undefined;
    const ending = new AbortController();
    const timer = setTimeout(() => {
      api.put(path, body, { query: { plan: "true" }, signal: ending.signal }).then(
        (plan) => setTold({ plan, problem: null, about }),
        (problem) => { if (!ending.signal.aborted) setTold({ plan: null, problem, about }); },
      );
    }, TYPING);
    return () => { clearTimeout(timer); ending.abort(); };
  }, [about]);
  return told.about === about ? told : { plan: null, problem: null };
}
