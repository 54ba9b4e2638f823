// Memory and processor of a component in the last hour, one line an instance. For screen readers the newest values are said.

import { html, useEffect, useRef } from "../vendor/preact.js";
import { size, tell } from "../words.js";

let uplot = null;
const load = async () => { uplot = uplot || (await import("../vendor/uplot.js")).default; return uplot; };

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// `series`: [{name, points: [[seconds, value|null]]}]; every moment that any of them has gets a place.
function aligned(series) {
  const times = [...new Set(series.flatMap((one) => one.points.map(([at]) => at)))].sort((a, b) => a - b);
  const columns = series.map((one) => { const by = new Map(one.points); return times.map((at) => by.get(at) ?? null); });
  return [times, ...columns];
}

function draw(Plot, element, series, write) {
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: `11px ${colour("--sans")}` };
  const tones = ["--accent", "--busy", "--good", "--bad"];
  return new Plot({
    width: Math.max(240, element.clientWidth), height: 150, legend: { show: false }, cursor: { y: false }, padding: [8, 8, 0, 0],
    scales: { y: { range: (_, __, most) => [0, (most || 1) * 1.15] } },
    axes: [{ ...axis, space: 80, values: (_, splits) => splits.map((at) => new Date(at * 1000).toTimeString().slice(0, 5)) },
      { ...axis, size: 62, space: 34, values: (_, splits) => splits.map(write) }],
    series: [{}, ...series.map((one, index) => ({ label: one.name, stroke: colour(tones[index % tones.length]), width: 1.8, spanGaps: false,
      fill: series.length === 1 ? `${colour("--accent")}22` : undefined, points: { show: false } }))],
  }, aligned(series), element);
}

function Plot({ title, series, write }) {
  const box = useRef();
  const text = JSON.stringify(series);
  useEffect(() => {
    let plot = null;
    let ended = false;
    const again = () => { if (plot) plot.destroy(); plot = ended ? null : draw(uplot, box.current, series, write); };
    load().then(() => { if (!ended) again(); }, () => {});
    const resized = new ResizeObserver(() => { if (plot) plot.setSize({ width: Math.max(240, box.current.clientWidth), height: 150 }); });
    resized.observe(box.current);
    addEventListener("themechange", again);
    return () => { ended = true; resized.disconnect(); removeEventListener("themechange", again); if (plot) plot.destroy(); };
  }, [text]);
  const newest = series.map((one) => (one.points.at(-1) || [0, null])[1]).filter((value) => value !== null);
  return html`<figure class="plot"><figcaption><strong>${title}</strong> <span class="quiet">${newest.map(write).join(", ")}</span></figcaption><div class="plot-box" ref=${box} aria-hidden="true"></div></figure>`;
}

const seconds = (iso) => new Date(iso).getTime() / 1000;

export function Usage({ usage }) {
  if (!usage || usage.instances.length === 0) return null;
  const series = (value) => usage.instances.map((one) => ({ name: one.name, points: one.points.map((point) => [seconds(point.at), value(point)]) }));
  return html`<section class="panel"><h2>${tell("page.usage.title")}</h2><div class="plots">
    <${Plot} title=${tell("page.usage.memory")} series=${series((point) => point.memory)} write=${size} />
    <${Plot} title=${tell("page.usage.cpu")} series=${series((point) => point.cores)} write=${(value) => tell("page.usage.cores", { count: value < 10 ? value.toFixed(2) : value.toFixed(1) })} />
  </div></section>`;
}
