// What is told of a file before anything of it is sent: whether it can be a jar, and by what one knows it again.

import { tell } from "../words.js";
import { Problem } from "../page/api.js";

const NAMES = /\.(jar|war|zip|tar|tgz|tar\.gz)$/i;
const PACKED = /\.(zip|tar|tgz|tar\.gz)$/i;
// A zip, a script or a program before one, or a compressed file.
const BEGINNINGS = ["504b", "2321", "4d5a", "7f454c46", "1f8b", "425a", "fd377a58"];
const ENDS = 64 * 1024;

export const mayBeMeant = (name) => NAMES.test(name);
export const isJar = (name) => /\.jar$/i.test(name);
export const isPacked = (name) => PACKED.test(name);

const hex = (bytes) => [...bytes].map((one) => one.toString(16).padStart(2, "0"));

// Throws a Problem where the first four bytes say that it cannot become an archive.
export async function refuseNoise(file) {
  const start = hex(new Uint8Array(await file.slice(0, 4).arrayBuffer()));
  if (/\.tar$/i.test(file.name) || BEGINNINGS.some((one) => start.join("").startsWith(one))) return;
  const says = { name: file.name, start: start.join(" ") };
  throw new Problem(422, { detail: tell(start.length ? "page.tray.no-archive" : "page.tray.empty", says), hint: tell("page.tray.no-archive-hint") });
}

// A mark of the file by its ends, where an archive has its directory with the checksums of all that is in it: the file
// that is chosen after a reload has to have the same.
export async function printOf(file) {
  let [a, b] = [1, 0];
  for (const piece of [file.slice(0, ENDS), file.slice(Math.max(0, file.size - ENDS))]) {
    for (const byte of new Uint8Array(await piece.arrayBuffer())) {
      a = (a + byte) % 65521;
      b = (b + a) % 65521;
    }
  }
  return `${file.size}-${b * 65536 + a}`;
}
