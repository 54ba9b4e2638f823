// What somebody has to do before anything else: choose a password of their own, set up one-time codes.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { hint, tell } from "../words.js";
import * as api from "./api.js";
import { Field, Gate, SignInProblem, signOut, take } from "./sign-in.js";
import { useTitle } from "./title.js";

const differs = () => ({ message: tell("page.must.differs"), hint: "" });

function Password({ disabled }) {
  return html`<p>${tell("page.must.password")}</p>
    <${Field} id="old" text=${tell("page.must.old")} type="password" autocomplete="current-password" />
    <${Field} id="new" text=${tell("page.must.new")} type="password" autocomplete="new-password" />
    <${Field} id="again" text=${tell("page.must.again")} type="password" autocomplete="new-password" />
    <button class="button primary" type="submit" disabled=${disabled}>${tell("page.must.change")}</button>`;
}

function Codes({ disabled, begun }) {
  return html`<p>${tell("page.must.codes")}</p>
    ${begun && html`<label for="secret">${tell("page.must.secret")}</label><input id="secret" type="text" class="code" readonly value=${begun.secret} />
      <p class="quiet small">${hint("page.must.secret")}</p>`}
    <${Field} id="code" text=${tell("page.sign-in.code")} type="text" inputmode="numeric" autocomplete="one-time-code" />
    <button class="button primary" type="submit" disabled=${disabled || !begun}>${tell("page.must.confirm")}</button>`;
}

export function Must({ what }) {
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const [begun, setBegun] = useState(null);
  const box = useRef();
  const password = what === "password";
  useTitle(tell("page.sign-in.title"));
  useEffect(() => {
    setProblem(null);
    if (!password) api.post("session/second-factor").then(setBegun, setProblem);
    box.current.querySelector("input").focus();
  }, [what]);
  const send = (form) => {
    const typed = (name) => form.elements.namedItem(name).value;
    if (!password) return api.post("session/second-factor/confirm", { code: typed("code").trim() });
    if (typed("new") !== typed("again")) throw differs();
    return api.post("session/password", { old: typed("old"), new: typed("new") });
  };
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await send(event.target);
      take(await api.get("session"));
    } catch (refused) {
      setProblem(refused);
    } finally {
      setBusy(false);
    }
  };
  return html`<${Gate} onSubmit=${submit}><div class="sign-in-fields" ref=${box}>
      ${password ? html`<${Password} disabled=${busy} />` : html`<${Codes} disabled=${busy} begun=${begun} />`}</div>
    <${SignInProblem} problem=${problem} />
    <button type="button" class="button" onClick=${signOut}>${tell("page.sign-out")}</button><//>`;
}
