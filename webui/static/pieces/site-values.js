// What differs from site to site as a form: each value by its kind, with its sentence in the reader's language.

import { html } from "../vendor/preact.js";
import { language, tell } from "../words.js";
import { Name } from "./basic.js";

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9A-Fa-f:.]+$/;
const RIGHT = {
  number: (text) => /^[0-9]{1,15}(\.[0-9]{1,6})?$/.test(text),
  port: (text) => /^[0-9]+$/.test(text) && Number(text) > 0 && Number(text) <= 65535,
  address: (text) => HOST.test(text),
  path: (text) => text.startsWith("/") && !text.split("/").includes(".."),
};

const sentence = (value) => value.says[language()] || value.says.en || Object.values(value.says)[0] || "";

// What is wrong with an answer, as one types it; empty where nothing is, or nothing was answered.
export function wrong(value, text) {
  return text && RIGHT[value.kind] && !RIGHT[value.kind](text) ? tell(`page.value.no-${value.kind}`) : "";
}

function Field({ value, text, onChange }) {
  const [id, told] = [`value-${value.name}`, `about-${value.name}`];
  const fault = wrong(value, text);
  const shared = { id, "aria-describedby": told, "aria-invalid": fault ? "true" : undefined, onInput: (event) => onChange(event.target.value.trim()) };
  const asks = { placeholder: value.kind === "secret" && value.answer ? tell("page.value.kept") : value.answer || value.default };
  return html`<div class="value"><label for=${id}><${Name}>${value.name}<//>${value.missing && html` <span class="chip bad">${tell("page.value.missing")}</span>`}</label>
    ${value.kind === "choice" ? html`<select ...${shared} onChange=${(event) => onChange(event.target.value)}><option value="">${value.answer || value.default || tell("page.value.choose")}</option>${value.choices.map((one) => html`<option key=${one} value=${one} selected=${one === text}>${one}</option>`)}</select>`
      : html`<input type=${value.kind === "secret" ? "password" : "text"} inputmode=${["number", "port"].includes(value.kind) ? "decimal" : undefined} autocomplete="off" spellcheck="false" value=${text} ...${asks} ...${shared} />`}
    <p id=${told} class="quiet small">${sentence(value)} ${tell(`page.value.${value.kind}`)}${fault && html` <strong class="bad-text" role="alert">${fault}</strong>`}</p></div>`;
}

export function SiteValues({ values, given, onChange }) {
  if (values.length === 0) return null;
  return html`<fieldset class="values"><legend>${tell("page.value.title")}</legend>${values.map((one) => html`<${Field} key=${one.name} value=${one} text=${given[one.name] || ""} onChange=${(text) => onChange(one.name, text)} />`)}</fieldset>`;
}

// Secrets that no version carries, by their names.
export function SecretValues({ names, given, onChange }) {
  if (names.length === 0) return null;
  return html`<fieldset class="values"><legend>${tell("page.value.secrets")}</legend>${names.map((name) => html`<div class="value" key=${name}><label for=${`secret-${name}`}><${Name}>${name}<//> <span class="chip bad">${tell("page.value.missing")}</span></label>
    <input id=${`secret-${name}`} type="password" autocomplete="off" value=${given[name] || ""} onInput=${(event) => onChange(name, event.target.value)} /></div>`)}</fieldset>`;
}
