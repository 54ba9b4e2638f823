// The page's words: sentences with holes from the service's catalogue, filled here as the service fills them
// (buildpacks/sentences/template.py says what each hole means).

const KEPT = "buildsvc-words";
const BETWEEN = {
  en: { "": ", ", and: " and ", or: " or ", joined: "; " },
  zh: { "": "、", and: " 和 ", or: " 或 ", joined: "；" },
};
const HOLE = /\{\{|\}\}|\{([a-z][a-z0-9_]*)(?::([^{}]*))?\}/g;
const OPTIONAL = /\[\[(.*?)\]\]/gs;

let words = { language: "en", languages: ["en"], sentences: {}, hints: {} };

export const language = () => words.language;
export const languages = () => words.languages;
export const knows = (key) => key in words.sentences;

// Reads the words, in the language that was chosen or that the browser asks for; the last ones where nobody answers.
export async function load() {
  try {
    const answer = await fetch("/api/words");
    if (!answer.ok) throw new Error(`words: ${answer.status}`);
    take(await answer.json());
    localStorage.setItem(KEPT, JSON.stringify(words));
  } catch {
    const kept = localStorage.getItem(KEPT);
    if (kept) take(JSON.parse(kept));
    // Without any words there is nothing to show: asked again until they are here.
    else return new Promise((done) => { setTimeout(() => done(load()), 2500); });
  }
  return undefined;
}

export function take(given) {
  words = given;
  if (typeof document !== "undefined") document.documentElement.lang = words.language === "zh" ? "zh-CN" : words.language;
}

// The service reads the cookie too: its own sentences, event streams and reports come in the same language.
export async function choose(chosen) {
  document.cookie = `buildsvc_language=${chosen}; Path=/; Max-Age=31536000; SameSite=Strict`;
  await load();
}

export const tell = (key, values = {}) => fill(words.sentences[key] ?? key, values).trim();
export const hint = (key, values = {}) => fill(words.hints[key] ?? "", values).trim();

const empty = (value) => !value || (Array.isArray(value) && value.length === 0);
const isSentence = (value) => value !== null && typeof value === "object" && "code" in value && "values" in value;

export function fill(text, values) {
  const kept = text.replace(OPTIONAL, (_, part) => ([...part.matchAll(HOLE)].some((hole) => hole[1] && empty(values[hole[1]])) ? "" : part));
  return kept.replace(HOLE, (whole, name, how = "") => {
    if (!name) return whole[0];
    if (!(name in values)) return whole;
    const [kind, ...rest] = how.split(" ");
    return written(values[name], kind, rest.join(" "));
  });
}

function written(value, kind, argument) {
  switch (kind) {
    case "size": return size(value);
    case "seconds": return seconds(value);
    case "time": return time(value);
    case "count": return counted(value, argument);
    case "when": return "";
    case "word": return knows(`word.${value}`) ? tell(`word.${value}`) : String(value);
    case "hint": return isSentence(value) ? hint(value.code, value.values) : "";
    case "lines": return value.map((one) => `  ${plain(one)}`).join("\n");
    case "and": case "or": case "joined": return joined(value.map(plain), kind);
    case "bare": return plain(value).replace(/[.。]+$/, "");
    default: return plain(value) || argument;
  }
}

function plain(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return joined(value.map(plain));
  if (isSentence(value)) return tell(value.code, value.values);
  return typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : String(value);
}

export const joined = (items, how = "") => items.join(BETWEEN[words.language][how]);

export function size(count) {
  let value = count;
  for (const unit of ["B", "kB", "MB"]) {
    if (value < 1000) return unit === "B" || value >= 100 ? `${value.toFixed(0)} ${unit}` : `${value.toFixed(1)} ${unit}`;
    value /= 1000;
  }
  return `${value.toFixed(1)} GB`;
}

export function seconds(value) {
  const [second, minute, thousandth] = words.language === "zh" ? ["秒", "分", "毫秒"] : ["s", "min", "ms"];
  if (value < 0.05) return `${(value * 1000).toFixed(0)} ${thousandth}`;
  if (value < 120) return `${value.toFixed(value < 10 ? 1 : 0)} ${second}`;
  return `${Math.floor(value / 60)} ${minute} ${Math.floor(value % 60)} ${second}`;
}

function counted(number, forms) {
  const [one, many] = forms.split("|");
  if (words.language === "zh" || number === 1) return `${number} ${one}`;
  return `${number} ${many || `${one}s`}`;
}

// A moment as the reader's clock shows it, to the minute.
export function time(moment) {
  const at = new Date(moment);
  const two = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
