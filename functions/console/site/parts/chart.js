// Figures over time, drawn by uPlot. A chart is a picture: whoever shows one shows the same as a table too.
import { html, useEffect, useRef, useState } from "../html.js";

const HEIGHT = 200;
const DAY = 86_400;
/** Steps of an axis of bytes: 1, 2, 4, 8 … */
const POWERS = Array.from({ length: 44 }, (_, power) => 2 ** power);

const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

let loading;

/** uPlot and its style, when the first chart is shown. */
function load() {
  loading ??= Promise.all([import("../vendor/uPlot.js"), styled()]).then(([module]) => module.default);
  loading.catch(() => (loading = undefined));
  return loading;
}

function styled() {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("../vendor/uPlot.css", import.meta.url).href });
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = reject;
    document.head.append(link);
  });
}

/**
 * @param {{
 *   title: string, times: number[], until: number,
 *   series: { label: string, values: (number | null)[], tone: string, filled?: boolean, dashed?: boolean }[],
 *   said: (value: number) => string, marks: { at: number, kind: string }[], range?: (max: number) => number, binary?: boolean,
 * }} given `times`, `until` and `at` in seconds since 1970: the last figure is of the time until then; `tone` is a colour of base.css, such as "accent"; `binary` is for bytes
 */
export function Chart({ title, times, until, series, said, marks, range, binary }) {
  const ref = useRef(null);
  const [theme, setTheme] = useState(0);
  useTheme(() => setTheme((before) => before + 1));
  useEffect(() => {
    const place = ref.current;
    if (!place) return; // the page was left before it was painted
    let plot;
    let there = true;
    const sized = new ResizeObserver(([{ contentRect }]) => plot?.setSize({ width: contentRect.width, height: HEIGHT }));
    load().then((uPlot) => {
      if (!there) return;
      const options = optionsOf(place, { until, series, said, marks, range, binary });
      plot = new uPlot(options, [times, ...series.map(({ values }) => values)], place);
      sized.observe(place);
    });
    return () => {
      there = false;
      sized.disconnect();
      plot?.destroy();
    };
  }, [times, series, marks, theme]);
  return html`<div class="chart" ref=${ref} role="img" aria-label="Chart of ${title}; the same is in the table below"></div>`;
}

/** Canvas knows no variables of CSS, so a change of theme is a new drawing. */
function useTheme(again) {
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    addEventListener("themechange", again);
    system.addEventListener("change", again);
    return () => {
      removeEventListener("themechange", again);
      system.removeEventListener("change", again);
    };
  }, []);
}

/** The colour that a variable of base.css stands for, as it is at this moment. */
function colours(place) {
  const probe = place.appendChild(document.createElement("span"));
  const found = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const names = ["accent", "good", "warn", "bad", "info", "muted", "line"];
  const all = Object.fromEntries(names.map((name) => [name, found(name)]));
  probe.remove();
  return all;
}

export const MARK_TONES = { change: "info", recovery: "bad", backup: "good" };

function optionsOf(place, { until, series, said, marks, range, binary }) {
  const colour = colours(place);
  const axis = { stroke: colour.muted, grid: { stroke: colour.line, width: 1 }, ticks: { show: false }, font: "12px Inter, sans-serif" };
  return {
    width: place.clientWidth,
    height: HEIGHT,
    cursor: { sync: { key: "instance" }, points: { size: 7 }, drag: { x: false, y: false } },
    legend: { live: true },
    scales: { x: { range: (_, min) => [min, until] }, y: { range: (_, __, max) => [0, range ? range(max ?? 0) : (max || 1) * 1.1] } },
    axes: [
      { ...axis, space: 64, size: 32, values: (_, values, __, ___, step) => values.map((at) => (step < DAY ? time : day).format(at * 1000)) },
      { ...axis, size: 66, incrs: binary ? POWERS : undefined, values: (_, values) => values.map(said) },
    ],
    series: [
      { value: (_, at) => (at === null ? "–" : new Date(at * 1000).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" })) },
      ...series.map(({ label, tone, filled, dashed }) => ({
        label,
        stroke: colour[tone],
        width: 2,
        dash: dashed ? [5, 5] : undefined,
        fill: filled ? colour[tone].replace("rgb(", "rgba(").replace(")", ", 0.1)") : undefined,
        points: { show: true, size: 5, filter: (plot, index) => alone(plot.data[index]) },
        spanGaps: false,
        value: (_, value) => (value === null || value === undefined ? "–" : said(value)),
      })),
    ],
    hooks: { draw: [(plot) => drawMarks(plot, marks, colour)] },
  };
}

/** The places of figures that no line leads to. */
const alone = (values) => [...values.keys()].filter((place) => values[place] !== null && values[place - 1] == null && values[place + 1] == null);

function drawMarks(plot, marks, colour) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.setLineDash([3, 3]);
  for (const { at, kind } of marks) {
    const x = Math.round(plot.valToPos(at, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = ctx.fillStyle = colour[MARK_TONES[kind]];
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, bbox.top, 4 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.restore();
}
