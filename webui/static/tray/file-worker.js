// Looks into a file beside the page, which stays quick meanwhile: `{kind: "outline" | "described", file}`.

import { described } from "./parts.js";
import { outline } from "./zip.js";

const EVERY = 100;
let told = 0;

function hear(done) {
  if (Date.now() - told < EVERY) return;
  told = Date.now();
  self.postMessage({ kind: "progress", done });
}

self.addEventListener("message", async ({ data: { kind, file } }) => {
  try {
    self.postMessage({ kind: "found", found: await (kind === "outline" ? outline(file) : described(file, hear)) });
  } catch (failure) {
    self.postMessage({ kind: "failed", why: String(failure) });
  }
});
