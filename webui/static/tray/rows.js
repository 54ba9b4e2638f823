// What the tray knows of the files that were dropped here: one row each. What is on its way is remembered by the tab, so
// that a reload loses no upload, and by the browser, for after it was closed; the file itself it cannot remember, and asks for it again.

import { useEffect, useState } from "../vendor/preact.js";

const KEPT = "buildsvc-tray";
const LEFT = "buildsvc-uploads";
const MOST_LEFT = 50;
const REMEMBERED = ["key", "name", "size", "print", "target", "force", "anyway", "gap", "state", "upload", "total", "received", "stretches", "found", "version"];
// `ready` waits for the button, `asks` for an answer whose it is, `waiting` for its turn.
const GOING = ["looking", "waiting", "hashing", "sending", "away", "judging", "checking", "answering", "adding"];
const ENDED = ["done", "same", "refused", "cancelled"];
const listeners = new Set();
let rows = [];
let number = 0;

export const all = () => rows;
export const find = (key) => rows.find((one) => one.key === key) || null;
export const isGoing = (row) => GOING.includes(row.state);
export const hasEnded = (row) => ENDED.includes(row.state);

function keep(next) {
  leave(rows, next);
  rows = next;
  const lasting = rows.filter((one) => !hasEnded(one)).map((one) => Object.fromEntries(REMEMBERED.map((name) => [name, one[name]])));
  const text = JSON.stringify(lasting);
  // Full, or forbidden: the tray works on, and a reload forgets.
  if (text !== kept()) try { sessionStorage.setItem(KEPT, text); } catch { /* as said */ }
  for (const each of [...listeners]) each(rows);
}

function kept() {
  try { return sessionStorage.getItem(KEPT); } catch { return null; }
}

// `file` may be null: it was lost by a reload. `libraries` is a second file that goes with it.
export function add(row) {
  number += 1;
  const made = { libraries: null, target: null, force: false, anyway: false, gap: false, upload: null, total: 0, received: 0, stretches: null, problem: null, version: "", ...row, key: row.key || `${Date.now()}-${number}` };
  keep([...rows, made]);
  return made;
}

export const change = (key, changes) => keep(rows.map((one) => (one.key === key ? { ...one, ...changes } : one)));
export const forget = (key) => keep(rows.filter((one) => one.key !== key));

// Uploads that are on their way, by their id, for a window that comes after the browser was closed.
function left() {
  try { return JSON.parse(localStorage.getItem(LEFT) || "{}"); } catch { return {}; }
}

function leave(before, now) {
  const changed = now.filter((one) => one.upload && !before.some((each) => each.key === one.key && each.upload === one.upload && hasEnded(each) === hasEnded(one)));
  if (changed.length === 0) return;
  const known = left();
  for (const one of changed) {
    if (hasEnded(one)) delete known[one.upload];
    else known[one.upload] = Object.fromEntries(REMEMBERED.map((name) => [name, one[name]]));
  }
  const newest = Object.fromEntries(Object.entries(known).slice(-MOST_LEFT));
  try { localStorage.setItem(LEFT, JSON.stringify(newest)); } catch { /* full, or forbidden: it is sent anew then */ }
}

// What was known of an upload that this browser began and nobody goes on with; null where it was another browser.
export const leftBehind = (upload) => left()[upload] || null;

// What was on its way when the page was left.
export function restored() {
  try { return JSON.parse(kept() || "[]"); } catch { return []; }
}

export function useRows() {
  const [shown, setShown] = useState(rows);
  useEffect(() => { listeners.add(setShown); setShown(rows); return () => listeners.delete(setShown); }, []);
  return shown;
}
