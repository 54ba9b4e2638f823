// A line of a log as it looks in a terminal: its colours as classes, everything else that one cannot see made visible.

import { html } from "../vendor/preact.js";
import { visible } from "./basic.js";

const CODES = /\u001b\[([0-9;]*)m/g;
const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

function changed(style, codes) {
  const next = { ...style };
  for (const code of (codes || "0").split(";").map(Number)) {
    if (code === 0) { next.colour = ""; next.bold = false; }
    else if (code === 1) next.bold = true;
    else if (code === 22) next.bold = false;
    else if (code === 39) next.colour = "";
    else if (code >= 30 && code <= 37) next.colour = NAMES[code - 30];
    else if (code >= 90 && code <= 97) next.colour = NAMES[code - 90];
  }
  return next;
}

export function pieces(line) {
  const found = [];
  let style = { colour: "", bold: false };
  let at = 0;
  for (const match of line.matchAll(CODES)) {
    if (match.index > at) found.push({ ...style, text: line.slice(at, match.index) });
    style = changed(style, match[1]);
    at = match.index + match[0].length;
  }
  if (at < line.length) found.push({ ...style, text: line.slice(at) });
  return found;
}

export const bare = (line) => line.replace(CODES, "");

const LEVEL = /\b(ERROR|FATAL|SEVERE|WARN(?:ING)?|DEBUG|TRACE)\b/;
export function level(line) {
  const found = LEVEL.exec(bare(line).slice(0, 200));
  if (!found) return /^\s+at |^Caused by:/.test(line) ? "trace" : "";
  return { E: "error", F: "error", S: "error", W: "warn" }[found[1][0]] || "debug";
}

export const Line = ({ text }) => html`${pieces(text).map((one) => (one.colour || one.bold ? html`<span class=${`ansi ${one.colour} ${one.bold ? "bold" : ""}`}>${visible(one.text)}</span>` : visible(one.text)))}`;
