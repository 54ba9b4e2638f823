// The SharedWorker: one newsroom for all tabs of a browser. A tab that says nothing for a while is taken for closed.

import { Newsroom } from "./newsroom.js";

const GONE_AFTER = 30_000;
const newsroom = new Newsroom();
const heard = new Map();

self.addEventListener("connect", (event) => {
  const port = event.ports[0];
  newsroom.join(port, (news) => port.postMessage(news));
  heard.set(port, Date.now());
  port.addEventListener("message", ({ data }) => {
    heard.set(port, Date.now());
    if (data.kind === "bye") forget(port);
    else if (data.kind === "hurry") newsroom.hurry();
    else if (data.kind === "want") {
      if (!newsroom.readers.has(port)) newsroom.join(port, (news) => port.postMessage(news));
      newsroom.want(port, data);
    }
  });
  port.start();
});

function forget(port) {
  newsroom.leave(port);
  heard.delete(port);
}

setInterval(() => {
  for (const [port, at] of heard) if (Date.now() - at > GONE_AFTER) forget(port);
}, 5000);
