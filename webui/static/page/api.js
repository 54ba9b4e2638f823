// The service, as the page sees it: JSON in, JSON out; every request has a deadline, and every problem is a sentence.

import { hint, tell } from "../words.js";
import { withQuery } from "./router.js";

const DEADLINE = 10_000;
let csrf = "";

export const setCsrf = (value) => { csrf = value; };
const csrfHeader = () => ({ "X-CSRF-Token": csrf });

// `unknown`: the answer is missing, so it may have been done or not.
export class Problem extends Error {
  constructor(status, document = {}, changing = false) {
    super(document.detail || document.title || tell("page.answered", { status }));
    this.status = status;
    this.code = document.code || "";
    this.hint = document.hint || "";
    this.values = document.values || {};
    this.unknown = changing && (status === 0 || status >= 502);
  }
}

export function unreachable(changing = false) {
  const key = changing ? "page.unknown-outcome" : "page.unreachable";
  return new Problem(0, { detail: tell(key), hint: hint(key), code: "unreachable" }, changing);
}

// What an answer that is no success says. Reads its body.
export async function problemOf(response, changing = false) {
  const document = await response.json().catch(() => ({}));
  return new Problem(response.status, document, changing);
}

export const address = (path, query = {}) => withQuery(`/api/${path}`, query);

// Ends by itself after `deadline` milliseconds, or by `signal`. Gives the response, whatever its status.
export async function ask(method, path, { query, body, headers = {}, deadline = DEADLINE, signal } = {}) {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), deadline);
  const abort = () => ending.abort();
  if (signal) signal.addEventListener("abort", abort);
  const json = body !== undefined && !(body instanceof Blob) && typeof body !== "string" && !(body instanceof FormData);
  const all = { Accept: "application/json", ...csrfHeader(), ...(json ? { "Content-Type": "application/json" } : {}), ...headers };
  try {
    return await fetch(address(path, query), { method, headers: all, body: json ? JSON.stringify(body) : body, signal: ending.signal });
  } catch (failure) {
    if (signal && signal.aborted) throw failure;
    throw unreachable(method !== "GET");
  } finally {
    clearTimeout(timer);
    if (signal) signal.removeEventListener("abort", abort);
  }
}

export async function call(method, path, options = {}) {
  const response = await ask(method, path, options);
  if (response.status === 204) return null;
  if (!response.ok) throw await problemOf(response, method !== "GET");
  return response.json().catch(() => { throw unreachable(method !== "GET"); });
}

export const get = (path, query, options = {}) => call("GET", path, { query, ...options });
export const post = (path, body = {}, options = {}) => call("POST", path, { body, ...options });
export const put = (path, body, options = {}) => call("PUT", path, { body, ...options });
export const remove = (path, options = {}) => call("DELETE", path, options);

// A request that tells how much of its body has gone, which `fetch` does not. It is not sent yet.
export function opened(method, path, { query, headers = {} } = {}) {
  const request = new XMLHttpRequest();
  request.open(method, address(path, query));
  const all = { Accept: "application/json", ...csrfHeader(), ...headers };
  for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
  return request;
}

// What it was answered, as JSON; empty where that is none.
export function documentOf(request) {
  try { return JSON.parse(request.responseText); } catch { return {}; }
}

const part = encodeURIComponent;
export const applicationPath = (application) => `applications/${part(application)}`;
export const componentPath = (application, component) => `${applicationPath(application)}/components/${part(component)}`;
export const versionPath = (application, version) => `${applicationPath(application)}/versions/${part(version)}`;
export const deploymentPath = (id) => `deployments/${part(id)}`;
