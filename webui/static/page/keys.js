// The keyboard: single keys and `g` followed by a letter. Nothing is taken from whoever types into a field.

import { useEffect } from "../vendor/preact.js";

const SECOND_WITHIN = 1500;
const known = new Map();
let first = { key: "", at: 0 };

// `keys` is `/`, `?`, `Escape`, or two letters with a space (`g h`). The newest of several that listen hears it.
export function useKey(keys, act) {
  useEffect(() => {
    const stack = known.get(keys) || [];
    known.set(keys, [...stack, act]);
    return () => known.set(keys, (known.get(keys) || []).filter((one) => one !== act));
  }, [keys, act]);
}

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (typing && event.key !== "Escape") return;
    const pair = Date.now() - first.at < SECOND_WITHIN ? `${first.key} ${event.key}` : "";
    first = { key: event.key, at: Date.now() };
    const act = (known.get(pair) || []).at(-1) || (known.get(event.key) || []).at(-1);
    if (!act || act(event) === false) return;
    first = { key: "", at: 0 };
    event.preventDefault();
  });
}
