// Signing in by name and password, with a token, or by the identity provider where the site has one. The service answers
// with a cookie that scripts cannot read, and with the value that every changing request repeats.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { hint, tell } from "../words.js";
import { Choice } from "../pieces/basic.js";
import { Language } from "../pieces/language.js";
import * as api from "./api.js";
import { wake } from "./news.js";
import * as store from "./store.js";
import { useTitle } from "./title.js";

const KEY = "buildsvc-sign-in";
const WAYS = ["token", "name"];

export function take(who) {
  api.setCsrf(who ? who.csrf : "");
  store.set({ who });
  wake();
}

export async function signOut() {
  await api.remove("session").catch(() => null);
  take(null);
  store.set({ applications: null, deployments: [], uploads: [], newsAt: 0 });
}

// A field with its label; what is typed stays in it, and is read when the form is sent.
export const Field = ({ id, text, ...more }) => html`<label for=${id}>${text}</label><input id=${id} name=${id} spellcheck="false" required ...${more} />`;

export function SignInProblem({ problem }) {
  return problem && html`<div id="sign-in-problem" class="problem-box" role="alert"><p>${problem.message}</p><p class="quiet">${problem.hint}</p></div>`;
}

// What may stand before the page: a card in the middle, and the languages below it.
export const Gate = ({ onSubmit, children }) => html`<main class="sign-in" id="main">
  <form class="card sign-in-card" onSubmit=${onSubmit}>
    <h1 class="brand"><img src=${new URL("../icon.svg", import.meta.url).pathname} alt="" width="30" height="30" /> buildsvc</h1>${children}
  </form><${Language} /></main>`;

const typed = (form, name) => (form.elements.namedItem(name) ? form.elements.namedItem(name).value.trim() : "");

// There and back: the provider's page takes the place of this one, and leads back to the address that it began on.
function ByProvider({ fail }) {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    api.get("session/oidc").then((found) => {
      setName(found.name);
      if (found.problem) fail(new api.Problem(found.problem.status, found.problem));
    }, () => null);
  }, []);
  if (!name) return null;
  const leave = async () => {
    setBusy(true);
    fail(null);
    try {
      location.assign((await api.post("session/oidc", { to: location.pathname + location.search })).address);
    } catch (refused) {
      fail(refused);
      setBusy(false);
    }
  };
  return html`<button class="button" type="button" disabled=${busy} onClick=${leave}>${tell("page.sign-in.by-provider", { name })}</button>`;
}

export function SignIn() {
  const [way, setWay] = useState(localStorage.getItem(KEY) === "name" ? "name" : "token");
  const [coded, setCoded] = useState(false);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const box = useRef();
  useTitle(tell("page.sign-in.title"));
  useEffect(() => { box.current.querySelector("input").focus(); }, [way]);
  useEffect(() => { if (coded) box.current.querySelector("#code").focus(); }, [coded]);
  const choose = (one) => { localStorage.setItem(KEY, one); setWay(one); setProblem(null); setCoded(false); };
  const submit = async (event) => {
    event.preventDefault();
    const form = event.target;
    const named = { name: typed(form, "name"), password: way === "name" ? form.elements.namedItem("password").value : "", code: typed(form, "code") };
    setBusy(true);
    setProblem(null);
    try {
      take(await api.post("session", way === "token" ? { token: typed(form, "token") } : named));
    } catch (refused) {
      setBusy(false);
      setProblem(refused);
      if (refused.code === "code-needed") setCoded(true);
      else form.elements.namedItem(way === "token" ? "token" : "password").focus();
    }
  };
  const told = { "aria-describedby": problem ? "sign-in-problem" : undefined };
  return html`<${Gate} onSubmit=${submit}>
    <p class="promise">${tell("page.sign-in.promise")}</p>
    <${Choice} label=${tell("page.sign-in.how")} options=${WAYS.map((one) => ({ value: one, text: tell(`page.sign-in.by-${one}`) }))} chosen=${way} onChoose=${choose} />
    <div class="sign-in-fields" ref=${box} key=${way}>
      ${way === "token" ? html`<${Field} id="token" text=${tell("page.sign-in.token")} type="password" autocomplete="current-password" ...${told} />`
        : html`<${Field} id="name" text=${tell("page.sign-in.name")} type="text" autocomplete="username" ...${told} />
          <${Field} id="password" text=${tell("page.sign-in.password")} type="password" autocomplete="current-password" ...${told} />
          ${coded && html`<${Field} id="code" text=${tell("page.sign-in.code")} type="text" inputmode="numeric" autocomplete="one-time-code" ...${told} />`}`}
    </div>
    <${SignInProblem} problem=${problem} />
    <button class="button primary" type="submit" disabled=${busy}>${tell("page.sign-in.submit")}</button>
    <${ByProvider} fail=${setProblem} />
    ${way === "token" && html`<p class="quiet small">${hint("page.sign-in.token")}</p>`}
  <//>`;
}
