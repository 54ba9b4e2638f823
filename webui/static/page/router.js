// Every view has an address: which view an address means, and how one goes there without loading the page anew.

import { useEffect, useState } from "../vendor/preact.js";

// Pattern, module in views/, and what part of the navigation it belongs to.
export const VIEWS = [
  ["/", "home", "home"],
  ["/a/:application", "application", "application"],
  ["/a/:application/compose", "compose", "application"],
  ["/a/:application/c/:component", "component", "application"],
  ["/a/:application/c/:component/log", "log", "application"],
  ["/a/:application/c/:component/releases", "releases", "application"],
  ["/a/:application/c/:component/configuration", "configuration", "application"],
  ["/d/:deployment", "deployment", "history"],
  ["/history", "history", "history"],
  ["/new", "compose", "home"],
  ["/bundles", "bundles", "bundles"],
  ["/bundles/:application/:version", "version", "bundles"],
  ["/system", "system", "system"],
  ["/system/:room", "system", "system"],
];

export function match(pathname) {
  const asked = pathname.split("/").filter(Boolean);
  for (const [pattern, view, place] of VIEWS) {
    const parts = pattern.split("/").filter(Boolean);
    if (parts.length !== asked.length) continue;
    const params = {};
    const fits = parts.every((part, index) => {
      if (!part.startsWith(":")) return part === asked[index];
      params[part.slice(1)] = decode(asked[index]);
      return true;
    });
    if (fits) return { view, place, params };
  }
  return { view: "nowhere", place: "", params: {} };
}

function decode(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

export const to = {
  home: () => "/",
  application: (name) => `/a/${encodeURIComponent(name)}`,
  compose: (name) => `/a/${encodeURIComponent(name)}/compose`,
  component: (application, name) => `/a/${encodeURIComponent(application)}/c/${encodeURIComponent(name)}`,
  log: (application, name) => `${to.component(application, name)}/log`,
  releases: (application, name) => `${to.component(application, name)}/releases`,
  configuration: (application, name) => `${to.component(application, name)}/configuration`,
  deployment: (id) => `/d/${encodeURIComponent(id)}`,
  version: (application, version) => `/bundles/${encodeURIComponent(application)}/${encodeURIComponent(version)}`,
  history: (query = {}) => withQuery("/history", query),
};

export function withQuery(path, query) {
  const kept = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  const text = new URLSearchParams(kept).toString();
  return text ? `${path}?${text}` : path;
}

const here = () => ({ path: location.pathname, query: Object.fromEntries(new URLSearchParams(location.search)), hash: location.hash });
const listeners = new Set();

export function go(address, { replace = false } = {}) {
  history.replaceState({ ...history.state, y: scrollY }, "");
  history[replace ? "replaceState" : "pushState"]({}, "", address);
  for (const each of listeners) each(here(), { replace, back: false });
}

export function useAddress(onchange) {
  const [address, setAddress] = useState(here());
  useEffect(() => {
    const changed = (next, how) => { setAddress(next); onchange(next, how); };
    const back = () => changed(here(), { replace: false, back: true, y: (history.state || {}).y || 0 });
    listeners.add(changed);
    addEventListener("popstate", back);
    return () => { listeners.delete(changed); removeEventListener("popstate", back); };
  }, []);
  return address;
}

// Ordinary links are followed inside the page; new tabs, downloads and what is not the page's stays the browser's.
export function followLinks() {
  history.scrollRestoration = "manual";
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || link.target || link.hasAttribute("download")) return;
    const aim = new URL(link.href instanceof SVGAnimatedString ? link.href.baseVal : link.href, location.href);
    if (aim.origin !== location.origin || match(aim.pathname).view === "nowhere") return;
    if (aim.pathname === location.pathname && aim.search === location.search && aim.hash) return;
    event.preventDefault();
    go(aim.pathname + aim.search + aim.hash);
  });
}
