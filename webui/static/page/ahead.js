// What a change that is being typed would do, asked again as one types; nothing changes by asking.

import { useEffect, useState } from "../vendor/preact.js";
import * as api from "./api.js";

const TYPING = 350;
const NOTHING = { found: null, problem: null };

// Asks `method` of `path` with what stands in `options` (as `api.call` takes them). `path` null: nothing is asked.
// `about`: what was told last of the same stays until the next answer is here, and something else is asked at once; without
// it, an answer is of what was asked and of nothing else. Gives {found, problem}.
export function useAhead(method, path, options, about = null) {
  const [told, setTold] = useState({ ...NOTHING, about: null });
  const asked = JSON.stringify([path, options]);
  const subject = about ?? asked;
  useEffect(() => {
    if (path === null) return undefined;
    const ending = new AbortController();
    const hear = (said) => { if (!ending.signal.aborted) setTold({ ...NOTHING, ...said, about: subject }); };
    const ask = () => api.call(method, path, { ...options, signal: ending.signal }).then((found) => hear({ found }), (problem) => hear({ problem }));
    const timer = setTimeout(ask, about !== null && told.about !== subject ? 0 : TYPING);
    return () => { clearTimeout(timer); ending.abort(); };
  }, [asked]);
  return told.about === subject ? told : NOTHING;
}
