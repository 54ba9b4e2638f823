// What the page knows of the site: one object, changed by `set`, read by `useStore`. `newsAt` is when the service last
// said something (milliseconds of this browser's clock), `now` ticks every second while the page is seen.

import { useEffect, useReducer, useRef } from "../vendor/preact.js";

export const STALE_AFTER = 10_000;

let state = {
  who: undefined, // undefined: not known yet; null: nobody is signed in
  applications: null,
  deployments: [],
  uploads: [], // of everybody, not ended
  newsAt: 0,
  now: Date.now(),
};
const listeners = new Set();

export const get = () => state;

export function set(changes) {
  state = { ...state, ...changes };
  for (const each of [...listeners]) each();
}

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Renders again only when what `pick` takes out of the state is another one.
export function useStore(pick) {
  const [, again] = useReducer((count) => count + 1, 0);
  const latest = useRef();
  latest.current = { pick, picked: pick(state) };
  useEffect(() => {
    const look = () => { if (latest.current.pick(state) !== latest.current.picked) again(); };
    look();
    return subscribe(look);
  }, []);
  return latest.current.picked;
}

export const useNow = () => useStore((known) => known.now);
export const isStale = (known) => known.newsAt > 0 && known.now - known.newsAt > STALE_AFTER;

export const applicationOf = (known, name) => (known.applications || []).find((one) => one.name === name) || null;
export function componentOf(known, application, name) {
  const found = applicationOf(known, application);
  return (found && found.components.find((one) => one.name === name)) || null;
}

// Of one application: since when nothing is known of it, in milliseconds of this browser's clock; 0 where all is well.
export function unseenSince(known, view) {
  if (isStale(known)) return known.newsAt;
  if (view.age === null || view.age === undefined) return 0;
  const seen = known.newsAt - view.age * 1000;
  const silent = view.engine_answers === false || view.problem;
  return silent || known.now - seen > 20_000 ? seen : 0;
}

// From the least to the most.
export const ROLES = ["viewer", "developer", "operator", "admin"];

// The role somebody has in an application; without one, the highest of theirs.
function roleOf(who, application) {
  if (!application || !who.roles || Object.keys(who.roles).length === 0) return who.role;
  const held = [who.roles["*"], who.roles[application]].filter(Boolean);
  return held.sort((a, b) => ROLES.indexOf(b) - ROLES.indexOf(a))[0] || "viewer";
}

// Why somebody may not do what asks for a role (in an application, where one is named); empty where they may.
export function denied(known, role, tell, application = "") {
  if (!known.who) return tell("page.role-too-low", { need: tell(`role.${role}`), has: "" });
  const mine = roleOf(known.who, application);
  return ROLES.indexOf(mine) >= ROLES.indexOf(role) ? "" : tell("page.role-too-low", { need: tell(`role.${role}`), has: tell(`role.${mine}`) });
}

export const may = (role, tell, application = "") => useStore((known) => denied(known, role, tell, application));
