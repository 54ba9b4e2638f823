// The service, as the page sees it: JSON in, JSON out, and problems as errors that carry their hint.

import * as words from "./words.js";

let csrf = "";

export class Problem extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || words.tell("page.answered", { status }));
    this.status = status;
    this.code = problem.code || "";
    this.hint = problem.hint || "";
  }
}

function unreachable() {
  return new Problem(0, { detail: words.tell("page.unreachable"), hint: words.hint("page.unreachable"), code: "unreachable" });
}

async function call(method, path, body) {
  const headers = { Accept: "application/json", "X-CSRF-Token": csrf };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(`/api/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw unreachable();
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem(response.status, answer);
  return answer;
}

async function session(method, body) {
  const who = await call(method, "session", body);
  csrf = who ? who.csrf : "";
  return who;
}

const component = (application, name) =>
  `applications/${encodeURIComponent(application)}/components/${encodeURIComponent(name)}`;

export const whoAmI = () => session("GET");
export const signIn = (token) => session("POST", { token });
export const signOut = () => session("DELETE");
export const applications = () => call("GET", "applications");
export const deployment = (id) => call("GET", `deployments/${encodeURIComponent(id)}`);
export const events = (id) => call("GET", `deployments/${encodeURIComponent(id)}/events`);
export const releases = (application, name) => call("GET", `${component(application, name)}/releases`);
export const rollback = (application, name, to) => call("POST", `${component(application, name)}/rollback`, { to });
export const eventsAddress = (id, after) => `/api/deployments/${encodeURIComponent(id)}/events?after=${after}`;
export const logAddress = (application, name) => `/api/${component(application, name)}/logs?follow=true&tail=200`;

function form(file, libraries) {
  const data = new FormData();
  data.append("artifact", file);
  data.append("libraries", libraries);
  return data;
}

// fetch cannot say how much of a body has left; XMLHttpRequest can.
export function push(file, libraries, target, force, onprogress) {
  const query = new URLSearchParams({ filename: file.name });
  if (target) {
    query.set("application", target.application);
    query.set("component", target.component);
  }
  if (force) query.set("force", "true");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/artifacts?${query}`);
    request.setRequestHeader("X-CSRF-Token", csrf);
    if (!libraries) request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => onprogress(event.loaded, event.total));
    request.addEventListener("error", () => reject(unreachable()));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve(request.response);
      else reject(new Problem(request.status, request.response || {}));
    });
    request.send(libraries ? form(file, libraries) : file);
  });
}
