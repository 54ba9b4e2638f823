// A file made here that the browser saves, as if it had been fetched.

const KEPT = 10_000;

// `parts` as a Blob takes them, `type` its kind of data.
export function saveFile(name, parts, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}
