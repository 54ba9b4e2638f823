// The tab's title and icon say how things stand, for whoever looks at the tab alone: `● 3/4 shop`, `↑ 43 %`.

import { useEffect } from "../vendor/preact.js";

const COLOURS = { good: "#1a7f4b", bad: "#c9372c", busy: "#b26a00", calm: "#5b6b7f" };
let progress = null;
let said = { text: "buildsvc", tone: "calm" };

export function useTitle(text, tone = "calm") {
  useEffect(() => { said = { text, tone }; show(); }, [text, tone]);
}

// A share from 0 to 1 while something is sent; null when nothing is.
export function showProgress(share) {
  progress = share;
  show();
}

function show() {
  document.title = progress === null ? said.text : `↑ ${Math.floor(progress * 100)} % · ${said.text}`;
  const icon = document.getElementById("icon");
  const href = drawn(COLOURS[progress === null ? said.tone : "busy"]);
  if (icon && icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}

const drawn = (colour) => `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="2" y="2" width="28" height="28" rx="8" fill="${colour}"/><path d="M16 8v10m-5-4.5 5 5 5-5M10 24h12" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>`,
)}`;
