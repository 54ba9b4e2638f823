// A bundle's file as the browser reads it: what is where, no more. Whether it is right, the service says. A file in parts
// (FILE.001, FILE.002, …) is read as one; nothing of it is held in memory but what is asked for.

const BLOCK = 512;
const LARGEST_DOCUMENT = 64 << 20;
const LARGEST_SIGNATURE = 16 << 10;
const SIGNATURES = ["SHA256SUMS.sig", "SHA256SUMS.pem"];

const text = (bytes) => new TextDecoder().decode(bytes).replace(/\0+$/, "");
const read = async (file, at, size) => new Uint8Array(await file.slice(at, at + size).arrayBuffer());

export function whole(files) {
  const ordered = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { name: ordered[0].name.replace(/\.001$/, ""), content: ordered.length === 1 ? ordered[0] : new Blob(ordered) };
}

// The size that a pax record states for the file behind it.
function paxSize(records) {
  const found = / size=(\d+)\n/.exec(text(records));
  return found ? Number(found[1]) : null;
}

// Every file of the tar: its name, and where its bytes are. Ends where the tar ends, or where it is damaged.
export async function* sections(file) {
  let [at, large] = [0, null];
  for (;;) {
    const block = await read(file, at, BLOCK);
    const digits = text(block.slice(124, 136)).replace(/[\0 ]/g, "");
    if (block.length < BLOCK || !/^[0-7]+$/.test(digits)) return;
    let size = parseInt(digits, 8);
    if (block[156] === 0x78) large = paxSize(await read(file, at + BLOCK, size));
    else {
      size = large ?? size;
      large = null;
      yield { name: text(block.slice(0, 100)).split("\0")[0], offset: at + BLOCK, size };
    }
    at += BLOCK + size + ((BLOCK - (size % BLOCK)) % BLOCK);
  }
}

// What the bundle says of itself, and who vouches for it; null where the file is no bundle.
export async function headOf(file) {
  const head = { document: null, signatures: {} };
  let seen = 0;
  for await (const one of sections(file)) {
    if (seen === 0 && (one.name !== "app.json" || one.size > LARGEST_DOCUMENT)) return null;
    if (seen === 0) head.document = file.slice(one.offset, one.offset + one.size, "application/json");
    else if (SIGNATURES.includes(one.name)) head.signatures[one.name] = btoa(String.fromCharCode(...await read(file, one.offset, Math.min(one.size, LARGEST_SIGNATURE))));
    seen += 1;
    if (seen === 4) break;
  }
  return head.document ? head : null;
}
