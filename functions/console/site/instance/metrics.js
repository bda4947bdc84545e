// What clients did, and what Redis held: an hour, a day, a week.
import { call } from "../api.js";
import { bytes, moment, number, percent, short } from "../format.js";
import { html, useMemo, useState } from "../html.js";
import { useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Chart, MARK_TONES } from "../parts/chart.js";
import { Choice } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { Loading, ProblemNote } from "../parts/problem.js";
import { KINDS, readMarks } from "./marks.js";

const PERIODS = [
  ["1h", "1 hour"],
  ["24h", "24 hours"],
  ["7d", "7 days"],
];

/** Figures change once a minute. */
const EVERY = 30;

let chosen = "24h";

export default function Metrics({ instance }) {
  const [period, setPeriod] = useState(chosen);
  const path = `/instances/${instance.id}/metrics`;
  const { data, problem, again } = useLive(({ signal }) => read(instance.id, path, period, signal), { every: EVERY, deps: [path, period] });
  return html`
    <section class="section">
      <div class="section-head">
        <${Heading} level=${2}>Metrics<//>
        <${Choice} label=${html`<span class="hidden">Time shown</span>`} value=${period} onInput=${(next) => setPeriod((chosen = next))} options=${PERIODS} />
      </div>
      <${ProblemNote} problem=${problem} again=${again} />
      ${!data && !problem && html`<${Loading} lines=${6} what="Reading the figures" />`}
      ${data && html`<${Charts} ...${data} instance=${instance} />`}
      <${AsCommand} method="GET" path=${path} query=${{ period }} />
    </section>
  `;
}

async function read(instanceId, path, period, signal) {
  const found = await call("GET", path, { query: { period }, signal });
  const points = found.metrics.map((point) => ({ ...point, at: new Date(point.time).getTime() / 1000 }));
  return { points, seconds: found.resolutionSeconds, marks: await readMarks(instanceId, points[0].at, signal) };
}

/** What is drawn: a card each. A figure of a point of so many seconds is a rate where that says more than a sum. */
function chartsOf(points, seconds, instance) {
  const each = (figure) => points.map(figure);
  const looked = ({ hits, misses }) => (hits + misses ? hits / (hits + misses) : null);
  const rate = (name) => each((point) => point[name] / seconds);
  return [
    { title: "Commands a second", said: (value) => number(value, value < 10 ? 2 : 0), series: [{ label: "Commands", values: rate("commands"), tone: "accent", filled: true }] },
    { title: "Hit ratio", said: percent, range: () => 1, series: [{ label: "Found", values: each(looked), tone: "good", filled: true }] },
    {
      title: "Memory",
      said: bytes,
      binary: true,
      series: [
        { label: "In use", values: each((point) => point.usedMemory), tone: "accent", filled: true },
        { label: "At most", values: each(() => instance.maxMemory), tone: "muted", dashed: true },
      ],
    },
    { title: "Connections", said: (value) => number(value, value < 10 ? 1 : 0), series: [{ label: "Open", values: each((point) => point.clients), tone: "info", filled: true }] },
    {
      title: "Network, a second",
      said: bytes,
      binary: true,
      series: [
        { label: "In", values: rate("bytesIn"), tone: "info" },
        { label: "Out", values: rate("bytesOut"), tone: "accent" },
      ],
    },
    {
      title: "Evicted keys, closed connections",
      said: short,
      series: [
        { label: "Evicted", values: each((point) => point.evictions), tone: "warn", filled: true },
        { label: "Closed", values: each((point) => point.evictedClients + point.rejectedConnections + point.outputLimitDisconnections + point.queryLimitDisconnections), tone: "bad" },
      ],
    },
  ];
}

function Charts({ points, seconds, marks, instance }) {
  const times = useMemo(() => points.map(({ at }) => at), [points]);
  const charts = useMemo(() => chartsOf(points, seconds, instance), [points, seconds, instance.maxMemory]);
  return html`
    <${Marks} marks=${marks} />
    <div class="charts">
      ${charts.map((chart) => html`<section class="card chart-card" key=${chart.title}><h3>${chart.title}</h3><${Chart} ...${chart} times=${times} until=${times.at(-1) + seconds} marks=${marks} /></section>`)}
    </div>
    <details class="card">
      <summary><b>The same as a table</b></summary>
      <${Table} times=${times} charts=${charts} seconds=${seconds} />
    </details>
  `;
}

/** What the marks in the charts stand for. */
function Marks({ marks }) {
  if (marks.length === 0) return null;
  return html`
    <details class="marks">
      <summary>
        ${Object.entries(KINDS).map(([kind, words]) => {
          const many = marks.filter((mark) => mark.kind === kind).length;
          return many > 0 && html`<span class="mark-kind ${MARK_TONES[kind]}" key=${kind}>${words}: ${many}</span>`;
        })}
      </summary>
      <ul>${marks.map(({ at, kind, words }) => html`<li key=${`${at} ${words}`}><span class="mark-kind ${MARK_TONES[kind]}">${moment(at * 1000)}</span>: ${words}</li>`)}</ul>
    </details>
  `;
}

function Table({ times, charts, seconds }) {
  const columns = charts.flatMap(({ title, series, said }) => series.map(({ label, values }) => ({ words: series.length > 1 ? `${title}: ${label}` : title, values, said })));
  return html`
    <div class="table-wrap" tabindex="0" role="region" aria-label="Figures">
      <table>
        <caption class="faint">From the start of each ${seconds === 3600 ? "hour" : `${seconds / 60} minutes`} on, the newest first</caption>
        <thead><tr><th scope="col">From</th>${columns.map(({ words }) => html`<th scope="col" class="end" key=${words}>${words}</th>`)}</tr></thead>
        <tbody>
          ${times
            .map(
              (at, index) => html`
                <tr key=${at}>
                  <th scope="row">${moment(at * 1000)}</th>
                  ${columns.map(({ words, values, said }) => html`<td class="end" key=${words}>${values[index] === null || values[index] === undefined ? "–" : said(values[index])}</td>`)}
                </tr>
              `,
            )
            .reverse()}
        </tbody>
      </table>
    </div>
  `;
}
