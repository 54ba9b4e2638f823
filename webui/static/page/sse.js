// Server-sent events read by hand, so that a stalled connection is noticed and every one begins where the last one ended.
// Format: the HTML Living Standard, "Server-sent events".

const SILENT_AFTER = 25_000;

// Calls `hear(kind, data, id)` for every message. Ends when the service ends it; throws when it breaks or stalls.
// Gives the status: 204 means that all is told already.
export async function read(address, { after, signal, hear, headers = {} }) {
  const ending = new AbortController();
  signal.addEventListener("abort", () => ending.abort());
  let timer = setTimeout(() => ending.abort(), SILENT_AFTER);
  const alive = () => { clearTimeout(timer); timer = setTimeout(() => ending.abort(), SILENT_AFTER); };
  try {
    const more = after ? { "Last-Event-ID": String(after) } : {};
    const response = await fetch(address, { headers: { Accept: "text/event-stream", ...more, ...headers }, signal: ending.signal });
    if (!response.ok || response.status === 204) return response.status;
    await take(response.body.getReader(), hear, alive);
    return response.status;
  } finally {
    clearTimeout(timer);
  }
}

async function take(reader, hear, alive) {
  const decoder = new TextDecoder();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    waiting += decoder.decode(value, { stream: true });
    const messages = waiting.split("\n\n");
    waiting = messages.pop();
    for (const message of messages) tell(message, hear);
  }
}

function tell(message, hear) {
  const fields = { event: "message", data: [], id: "" };
  for (const line of message.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
    if (name === "data") fields.data.push(value);
    else if (name in fields) fields[name] = value;
  }
  if (fields.data.length) hear(fields.event, fields.data.join("\n"), fields.id);
}
