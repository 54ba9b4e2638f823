// What bringing an application to a version would do, asked again as answers are typed; nothing changes by asking.

import { useEffect, useState } from "../vendor/preact.js";
import * as api from "./api.js";

const TYPING = 350;

// `path` null: nothing is asked. `held`: an answer is no answer yet, so what was told last stays.
export function useOutlook(path, cause, body, held) {
  const [told, setTold] = useState({ found: null, problem: null, for: "" });
  const text = JSON.stringify([path, cause, body]);
  const about = JSON.stringify([path, cause, body.name]);
  useEffect(() => {
    if (path === null || held) return undefined;
    const ending = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const found = await api.post(path, body, { query: { cause }, signal: ending.signal, deadline: 30_000 });
        setTold({ found, problem: null, for: about });
      } catch (problem) {
        if (!ending.signal.aborted) setTold({ found: null, problem, for: about });
      }
    }, told.for === about ? TYPING : 0);
    return () => { clearTimeout(timer); ending.abort(); };
  }, [text, held]);
  return told.for === about ? told : { found: null, problem: null };
}
