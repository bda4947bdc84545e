// How it is at this moment, what it is, and what has happened to it.
import { call } from "../api.js";
import { bytes, engineText, money, number, percent } from "../format.js";
import { html } from "../html.js";
import { InForce } from "../instances/networks_field.js";
import { useTimeline } from "../instances/one.js";
import { usePrices } from "../instances/prices.js";
import { whenMaintained } from "../instances/window_field.js";
import { useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { CopyLine } from "../parts/copy.js";
import { Heading } from "../parts/heading.js";
import { MemoryBar } from "../parts/meter.js";
import { Loading, Note } from "../parts/problem.js";
import { look } from "../parts/status.js";
import { Time } from "../parts/time.js";
import { History, Steps } from "../parts/timeline.js";
import { href } from "../router.js";
import { Maintenance } from "./maintenance.js";

export default function Overview({ instance }) {
  return html`
    <${Now} instance=${instance} />
    <${UnderWay} instance=${instance} />
    <${Maintenance} instance=${instance} />
    <div class="two">
      <${Connection} instance=${instance} />
      <${Facts} instance=${instance} />
    </div>
    <${Past} instance=${instance} />
  `;
}

function Now({ instance }) {
  const { data, problem } = useLive(async ({ signal }) => (await call("GET", `/instances/${instance.id}/metrics/live`, { signal })).metrics, { every: 5, deps: [instance.id] });
  return html`
    <section class="section">
      <${Heading} level=${2}>At this moment<//>
      ${!data && !problem && html`<${Loading} lines=${2} what="Asking its Redis" />`}
      ${problem && html`<${Note} tone="warn"><p>${problem.message}</p><//>`}
      ${data &&
      html`
        <div class="tiles">
          <div class="tile card wide"><span>Memory</span><${MemoryBar} used=${data.usedMemory} max=${data.maxMemory} /></div>
          <${Tile} words="Commands a second" value=${number(data.opsPerSecond)} />
          <${Tile} words="Hit ratio" value=${data.hitRatio === null ? "–" : percent(data.hitRatio)} />
          <${Tile} words="Connections" value=${number(data.clients)} />
          <${Tile} words="Keys" value=${number(data.keys)} />
          <${Tile} words="Evicted keys" value=${number(data.evictions)} />
        </div>
      `}
    </section>
  `;
}

const Tile = ({ words, value }) => html`<div class="tile card"><span>${words}</span><b class="number">${value}</b></div>`;

/** The steps of a change or a recovery that is under way. */
function UnderWay({ instance }) {
  return look(instance).moving && html`<${Current} id=${instance.id} />`;
}

function Current({ id }) {
  const { timeline } = useTimeline(id, true);
  const current = timeline?.operations.findLast(({ outcome }) => outcome === "IN_PROGRESS");
  return current && html`<section class="card section"><h2>Under way</h2><${Steps} operation=${current} /></section>`;
}

function Connection({ instance }) {
  const { connection, id } = instance;
  if (!connection) return null;
  return html`
    <section class="card section">
      <div class="section-head"><h2>Connection</h2><a href=${href(`/instances/${id}/connect`)}>Code for your language</a></div>
      <dl class="facts">
        <div class="wide"><dt>Host</dt><dd><${CopyLine} text=${connection.host} what="the host" /></dd></div>
        <div><dt>Port</dt><dd>${connection.port}</dd></div>
        <div><dt>TLS</dt><dd>always</dd></div>
        <div class="wide"><dt>URL</dt><dd><${CopyLine} text=${connection.urlTemplate} what="the URL" /></dd></div>
      </dl>
    </section>
  `;
}

function Facts({ instance }) {
  const price = usePrices()?.(instance.maxMemory, instance.persistence);
  const { backupSchedule: schedule } = instance;
  return html`
    <section class="card section">
      <div class="section-head"><h2>What it is</h2><a href=${href(`/instances/${instance.id}/settings`)}>Change it</a></div>
      <dl class="facts">
        <div><dt>Memory</dt><dd>${bytes(instance.maxMemory)}</dd></div>
        <div><dt>Costs about</dt><dd>${price ? `${money(price.costMonthly)} a month` : "–"}</dd></div>
        <div><dt>Engine</dt><dd>${engineText(instance.engine, instance.version)}</dd></div>
        ${instance.endOfLife && html`<div><dt>Patches until</dt><dd>${instance.endOfLife}</dd></div>`}
        <div><dt>When full</dt><dd>${instance.evictionPolicy}</dd></div>
        <div><dt>Region</dt><dd>${instance.region}</dd></div>
        <div><dt>Data</dt><dd>${instance.persistence ? "kept on a volume" : instance.recoverFromBackup ? "in memory, recovered from backups" : "in memory alone"}</dd></div>
        <div><dt>Deletion</dt><dd>${instance.deletionProtection ? "protected" : "not protected"}</dd></div>
        <div><dt>Backups</dt><dd>${schedule ? html`each ${schedule.every}, the last ${schedule.keep} are kept` : "on demand"}</dd></div>
        <div><dt>Maintenance</dt><dd>${whenMaintained(instance.maintenanceWindow)}</dd></div>
        ${instance.certificate && html`<div><dt>Certificate until</dt><dd><${Time} at=${instance.certificate.notAfter} absolute /></dd></div>`}
        <div><dt>Created</dt><dd><${Time} at=${instance.createdAt} /></dd></div>
        ${instance.allowedCidrs &&
        html`<div class="wide"><dt>Reached from</dt><dd class="networks">${instance.allowedCidrs.map((cidr) => html`<code key=${cidr}>${cidr}</code>`)}<${InForce} instance=${instance} /></dd></div>`}
        <div class="wide"><dt>Id</dt><dd><${CopyLine} text=${instance.id} what="the id" /></dd></div>
      </dl>
      <${AsCommand} method="GET" path="/instances/${instance.id}" />
    </section>
  `;
}

function Past({ instance }) {
  const { timeline } = useTimeline(instance.id, look(instance).moving);
  if (!timeline?.operations.length) return null;
  return html`<section class="card section"><h2>What has happened</h2><${History} operations=${timeline.operations} /></section>`;
}
