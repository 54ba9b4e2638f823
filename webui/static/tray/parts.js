// A file as the service wants it described: its SHA-256, and that of each part between its cuts. There is no
// `crypto.subtle` over plain http, and it cannot go on with a digest: so a library makes what it does not.

import { sha256 } from "../vendor/noble/sha2.js";
import { NoArchive, cuts } from "./zip.js";

const CHUNK = 4 << 20;
const MOST_PARTS = 8192;
const native = globalThis.crypto && globalThis.crypto.subtle;

const hex = (bytes) => [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");

// `{sha256, parts: [[sha256, length]]}`; null, and not read any further, where it cannot be cut. `hear` gets the bytes so far.
export async function described(file, hear) {
  const ends = await cuts(file).catch((failure) => { if (failure instanceof NoArchive) return []; throw failure; });
  if (ends.length < 2 || ends.length > MOST_PARTS) return null;
  const [whole, parts] = [sha256.create(), []];
  let at = 0;
  for (const end of ends) {
    const begin = at;
    const part = sha256.create();
    let digest = null;
    while (at < end) {
      const bytes = new Uint8Array(await file.slice(at, Math.min(end, at + CHUNK)).arrayBuffer());
      whole.update(bytes);
      if (native && bytes.length === end - begin) digest = new Uint8Array(await native.digest("SHA-256", bytes));
      else part.update(bytes);
      at += bytes.length;
      hear(at);
    }
    parts.push([hex(digest || part.digest()), end - begin]);
  }
  return { sha256: hex(whole.digest()), parts };
}
