// The application drawn: who needs whom, from left to right. Nodes are links with names, their colours are live. The
// layout is made once for a shape (names and arrows) and kept; a changed state only changes colours.

import { html, useEffect, useState } from "../vendor/preact.js";
import { tell } from "../words.js";
import { to } from "../page/router.js";
import { TONES, visible } from "./basic.js";
import { hasFailed, isBusy } from "./condition.js";

const [WIDTH, HEIGHT] = [190, 58];
const layouts = new Map();
let dagre = null;

export function arrows(view) {
  const names = new Set(view.components.map((part) => part.name));
  return view.components.flatMap((part) => (part.needs || []).filter((name) => names.has(name) && name !== part.name).map((name) => [part.name, name]));
}

function layout(view) {
  const shape = JSON.stringify([view.components.map((part) => part.name), arrows(view)]);
  if (layouts.has(shape)) return layouts.get(shape);
  const graph = new dagre.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 16, ranksep: 72, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const part of view.components) graph.setNode(part.name, { width: WIDTH, height: HEIGHT });
  for (const [from, target] of arrows(view)) graph.setEdge(from, target);
  dagre.layout(graph);
  const made = {
    width: graph.graph().width, height: graph.graph().height,
    nodes: new Map(view.components.map((part) => [part.name, graph.node(part.name)])),
    edges: graph.edges().map((edge) => ({ from: edge.v, target: edge.w, points: graph.edge(edge).points })),
  };
  layouts.set(shape, made);
  return made;
}

function path(points) {
  const [first, ...rest] = points;
  let text = `M${first.x},${first.y}`;
  for (let at = 0; at < rest.length - 1; at += 1) {
    const middle = { x: (rest[at].x + rest[at + 1].x) / 2, y: (rest[at].y + rest[at + 1].y) / 2 };
    text += ` Q${rest[at].x},${rest[at].y} ${at === rest.length - 2 ? `${rest[at + 1].x},${rest[at + 1].y}` : `${middle.x},${middle.y}`}`;
  }
  return rest.length === 1 ? `${text} L${rest[0].x},${rest[0].y}` : text;
}

const short = (text, most) => { const shown = visible(text); return [...shown].length > most ? `${[...shown].slice(0, most - 1).join("")}…` : shown; };

function line(part) {
  if (isBusy(part.deployment)) return tell(`phase.${part.deployment.phase}`);
  if (part.state !== "running") return tell(`state.${part.state}`);
  if (part.kind === "image") return short(part.image, 24);
  return short(part.version || part.filename || "", 24);
}

function Node({ view, part, at }) {
  const tone = isBusy(part.deployment) ? "busy" : TONES[part.state];
  const failed = hasFailed(part.deployment);
  const label = `${part.name}: ${tell(`state.${part.state}`)}${failed ? `, ${tell("page.topology.failed")}` : ""}`;
  const ports = part.ports.filter((port) => port.includes(":")).map((port) => port.split(":")[0]);
  return html`<a href=${to.component(view.name, part.name)} class="node ${tone} ${part.kind}" data-application=${view.name} data-component=${part.kind === "jar" ? part.name : undefined}>
    <title>${label}</title><g transform=${`translate(${at.x - WIDTH / 2},${at.y - HEIGHT / 2})`}>
      ${part.kind === "jar" ? html`<rect width=${WIDTH} height=${HEIGHT} rx="10" />` : html`<rect width=${WIDTH} height=${HEIGHT} rx=${HEIGHT / 2} />`}
      <circle class="node-dot" cx="22" cy=${HEIGHT / 2} r="6" />
      <text class="node-name" x="38" y="25">${short(part.name, ports.length === 0 ? 17 : failed ? 10 : 13)}</text><text class="node-line" x="38" y="43">${line(part)}</text>
      ${failed && html`<path class="node-failed" d="M${WIDTH - 26},14 l12,12 m0,-12 l-12,12" />`}
      ${ports.length > 0 && html`<text class="node-port" x=${WIDTH - (failed ? 34 : 12)} y="25" text-anchor="end">:${ports[0]}</text>`}
    </g></a>`;
}

export function Topology({ view }) {
  const [, loaded] = useState(dagre !== null);
  useEffect(() => { if (!dagre) import("../vendor/dagre.js").then((module) => { dagre = module; loaded(true); }, () => {}); }, []);
  if (!dagre) return html`<p class="quiet loading" role="status">${tell("page.loading")}</p>`;
  const { width, height, nodes, edges } = layout(view);
  return html`<div class="topology card" tabindex="0" role="region" aria-label=${tell("page.topology.of", { name: view.name })}>
    <svg viewBox=${`0 0 ${width} ${height}`} width=${width} height=${height}>
      <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0.5 L8,4 L0,7.5 z" /></marker></defs>
      <g class="edges" aria-hidden="true">${edges.map((edge) => html`<path key=${`${edge.from}>${edge.target}`} d=${path(edge.points)} marker-end="url(#arrow)" />`)}</g>
      ${view.components.map((part) => html`<${Node} key=${part.name} view=${view} part=${part} at=${nodes.get(part.name)} />`)}
    </svg></div>`;
}
