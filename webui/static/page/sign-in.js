// Signing in with a token. The service answers with a cookie that scripts cannot read, and with the value that every
// changing request repeats.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { hint, tell } from "../words.js";
import { Language } from "../pieces/language.js";
import * as api from "./api.js";
import { wake } from "./news.js";
import * as store from "./store.js";
import { useTitle } from "./title.js";

export function take(who) {
  api.setCsrf(who ? who.csrf : "");
  store.set({ who });
  wake();
}

export async function signOut() {
  await api.remove("session").catch(() => null);
  take(null);
  store.set({ applications: null, deployments: [], newsAt: 0 });
}

export function SignIn() {
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const field = useRef();
  useTitle(tell("page.sign-in.title"));
  useEffect(() => { field.current.focus(); }, []);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      take(await api.post("session", { token: field.current.value.trim() }));
    } catch (refused) {
      setProblem(refused);
      setBusy(false);
      field.current.focus();
    }
  };
  return html`<main class="sign-in" id="main">
    <form class="card sign-in-card" onSubmit=${submit}>
      <h1 class="brand"><img src=${new URL("../icon.svg", import.meta.url).pathname} alt="" width="30" height="30" /> buildsvc</h1>
      <p class="promise">${tell("page.sign-in.promise")}</p>
      <label for="token">${tell("page.sign-in.token")}</label>
      <input id="token" ref=${field} type="password" autocomplete="current-password" spellcheck="false" required aria-describedby=${problem ? "sign-in-problem" : undefined} />
      ${problem && html`<div id="sign-in-problem" class="problem-box" role="alert"><p>${problem.message}</p><p class="quiet">${problem.hint}</p></div>`}
      <button class="button primary" type="submit" disabled=${busy}>${tell("page.sign-in.submit")}</button>
      <p class="quiet small">${hint("page.sign-in.token")}</p>
    </form>
    <${Language} />
  </main>`;
}
