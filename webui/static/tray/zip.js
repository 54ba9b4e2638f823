// The directory of a zip read in the browser, the cuts between its entries as the service makes them, and its outline:
// the few entries by which it is told whose a jar is, as a small zip of their own.
// Format: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3; the service's own is buildpacks/archives (directory, cutting).

const [END, END64, LOCATOR, CENTRAL, LOCAL] = [0x06054b50, 0x06064b50, 0x07064b50, 0x02014b50, 0x04034b50];
const [END_SIZE, END64_SIZE, LOCATOR_SIZE, CENTRAL_SIZE, LOCAL_SIZE] = [22, 56, 20, 46, 30];
const SATURATED = 0xffffffff;
const WINDOW = 64 * 1024;
const [LARGE, USUAL, GROUP, ENDS] = [16 << 10, 256 << 20, 16 << 10, 3];
const OWN = /^(BOOT-INF\/classes\/|WEB-INF\/classes\/)?META-INF\/maven\/.*\/pom\.properties$/;
const CONFIGURATION = /^((BOOT-INF|WEB-INF)\/classes\/)?(config\/)?(application|bootstrap)[^/]*\.(ya?ml|properties)$/;
const [MOST_OWN, LARGEST] = [2, 256 * 1024];

// Thrown where a file is no archive that can be read here; the service says what is wrong with it.
export class NoArchive extends Error {}

const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const bits = (number) => (number > 0 ? number.toString(2).length : 0);
const bytesOf = async (file, from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer());
const wide = (data, at) => Number(data.getBigUint64(at, true));

// Where the central directory lies, and what to add to the offsets that it states.
async function findEnd(file) {
  const start = Math.max(0, file.size - 0xffff - END_SIZE - END64_SIZE - LOCATOR_SIZE);
  const data = view(await bytesOf(file, start, file.size));
  for (let at = data.byteLength - END_SIZE; at >= 0; at -= 1) {
    if (data.getUint32(at, true) === END && at + END_SIZE + data.getUint16(at + 20, true) === data.byteLength) return endOf(data, at, start);
  }
  throw new NoArchive();
}

function endOf(data, at, start) {
  let [end, count, size, stated] = [at, data.getUint16(at + 10, true), data.getUint32(at + 12, true), data.getUint32(at + 16, true)];
  if (at >= LOCATOR_SIZE && data.getUint32(at - LOCATOR_SIZE, true) === LOCATOR) {
    end = at - LOCATOR_SIZE - END64_SIZE;
    if (end < 0 || data.getUint32(end, true) !== END64) throw new NoArchive();
    [count, size, stated] = [wide(data, end + 32), wide(data, end + 40), wide(data, end + 48)];
  }
  const directory = start + end - size;
  if (directory < 0 || directory < stated || count * CENTRAL_SIZE > size) throw new NoArchive();
  return { count, size, start: directory, shift: directory - stated };
}

// Every entry of the directory, in its order.
async function entriesOf(file, end) {
  const bytes = await bytesOf(file, end.start, end.start + end.size);
  const data = view(bytes);
  const found = [];
  let at = 0;
  for (let number = 0; number < end.count; number += 1) {
    if (at + CENTRAL_SIZE > bytes.length || data.getUint32(at, true) !== CENTRAL) throw new NoArchive();
    const [nameLength, extraLength, remarkLength] = [28, 30, 32].map((offset) => data.getUint16(at + offset, true));
    const nameEnd = at + CENTRAL_SIZE + nameLength;
    const entry = {
      flags: data.getUint16(at + 8, true), method: data.getUint16(at + 10, true), stamp: data.getUint32(at + 12, true), crc: data.getUint32(at + 16, true),
      compressed: data.getUint32(at + 20, true), size: data.getUint32(at + 24, true), offset: data.getUint32(at + 42, true), name: bytes.subarray(at + CENTRAL_SIZE, nameEnd),
    };
    if (entry.compressed === SATURATED || entry.size === SATURATED || entry.offset === SATURATED) widen(entry, data, nameEnd, nameEnd + extraLength);
    entry.offset += end.shift;
    found.push(entry);
    at = nameEnd + extraLength + remarkLength;
  }
  return found;
}

function widen(entry, data, from, to) {
  for (let at = from; at + 4 <= to; at += 4 + data.getUint16(at + 2, true)) {
    if (data.getUint16(at, true) !== 1) continue;
    let field = at + 4;
    for (const name of ["size", "compressed", "offset"]) {
      if (entry[name] === SATURATED && field + 8 <= to) { entry[name] = wide(data, field); field += 8; }
    }
  }
}

const compareNames = (a, b) => {
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
};

// Local headers one after the other, read some at a time.
class Headers {
  constructor(file) {
    this.file = file;
    this.start = 0;
    this.data = new DataView(new ArrayBuffer(0));
  }

  // Where the content of the entry at `offset` begins.
  async content(offset) {
    if (offset < this.start || offset + LOCAL_SIZE > this.start + this.data.byteLength) {
      this.start = offset;
      this.data = view(await bytesOf(this.file, offset, offset + WINDOW));
    }
    const at = offset - this.start;
    if (at + LOCAL_SIZE > this.data.byteLength || this.data.getUint32(at, true) !== LOCAL) throw new NoArchive();
    return offset + LOCAL_SIZE + this.data.getUint16(at + 26, true) + this.data.getUint16(at + 28, true);
  }
}

// Where each part ends, the last at the file's end. Throws NoArchive.
export async function cuts(file) {
  const end = await findEnd(file);
  const doubled = Math.max(0, bits(file.size - 1) - bits(USUAL) + 1);
  const [large, group] = [LARGE * 2 ** doubled, GROUP * 2 ** doubled];
  const entries = (await entriesOf(file, end)).sort((a, b) => a.offset - b.offset || a.compressed - b.compressed || compareNames(a.name, b.name));
  const [ends, headers] = [[], new Headers(file)];
  let begun = 0;
  for (const { offset, compressed, name } of entries) {
    if (offset < begun) throw new NoArchive();
    const content = await headers.content(offset);
    const stop = content + compressed;
    if (stop > end.start) throw new NoArchive();
    if (compressed >= large) {
      if (content > begun) ends.push(content);
    } else if (!(stop - begun >= 4 * group || (stop - begun >= group && (crc32(name) & ENDS) === 0))) continue;
    ends.push(stop);
    begun = stop;
  }
  if (end.start > begun) ends.push(end.start);
  return [...ends, file.size];
}

const TABLE = Uint32Array.from({ length: 256 }, (_, number) => {
  let value = number;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ TABLE[(value ^ byte) & 0xff];
  return (value ^ 0xffffffff) >>> 0;
}

// A zip of the entries that say whose a jar is; null where it has none of a program's own.
export async function outline(file) {
  const decoder = new TextDecoder();
  const entries = (await entriesOf(file, await findEnd(file))).map((entry) => ({ ...entry, said: decoder.decode(entry.name) }));
  const own = entries.filter((entry) => OWN.test(entry.said)).slice(0, MOST_OWN);
  const told = entries.filter(({ said, compressed }) => (said === "META-INF/MANIFEST.MF" || CONFIGURATION.test(said)) && compressed <= LARGEST);
  if (!told.some(({ said }) => said === "META-INF/MANIFEST.MF")) return null;
  const [pieces, directory, headers] = [[], [], new Headers(file)];
  let at = 0;
  for (const entry of [...told, ...own]) {
    const content = await headers.content(entry.offset);
    const bytes = await bytesOf(file, content, content + entry.compressed);
    const local = headed(LOCAL, LOCAL_SIZE, entry, 0);
    pieces.push(local, entry.name, bytes);
    directory.push(headed(CENTRAL, CENTRAL_SIZE, entry, at), entry.name);
    at += local.length + entry.name.length + bytes.length;
  }
  return new Blob([...pieces, ...directory, ending((directory.length / 2), directory.reduce((sum, one) => sum + one.length, 0), at)]);
}

// A header, local or central: what differs is where the fields begin. Sizes stand in front of the content, so no flag says that they follow it.
function headed(mark, size, { flags, method, stamp, crc, compressed, size: whole, name }, offset) {
  const bytes = new Uint8Array(size);
  const data = view(bytes);
  const shift = mark === CENTRAL ? 2 : 0;
  data.setUint32(0, mark, true);
  if (shift) data.setUint16(4, 20, true);
  data.setUint16(4 + shift, 20, true);
  data.setUint16(6 + shift, flags & ~8, true);
  data.setUint16(8 + shift, method, true);
  data.setUint32(10 + shift, stamp, true);
  data.setUint32(14 + shift, crc, true);
  data.setUint32(18 + shift, compressed, true);
  data.setUint32(22 + shift, whole, true);
  data.setUint16(26 + shift, name.length, true);
  if (shift) data.setUint32(42, offset, true);
  return bytes;
}

function ending(count, size, start) {
  const bytes = new Uint8Array(END_SIZE);
  const data = view(bytes);
  data.setUint32(0, END, true);
  data.setUint16(8, count, true);
  data.setUint16(10, count, true);
  data.setUint32(12, size, true);
  data.setUint32(16, start, true);
  return bytes;
}
