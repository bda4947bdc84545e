// All instances: how they are, how full, how busy, what they cost.
import { bytes, count, money } from "../format.js";
import { html, useEffect, useMemo, useRef } from "../html.js";
import { useFigures } from "../instances/figures.js";
import { useInstances } from "../instances/list.js";
import { usePrices } from "../instances/prices.js";
import { Row } from "../instances/row.js";
import { Welcome } from "../instances/welcome.js";
import { SelectField, TextField } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { Icon } from "../parts/icons.js";
import { say } from "../parts/notices.js";
import { Loading, ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { href, setQuery } from "../router.js";

const STATUSES = { "": "All", RUNNING: "Running", PROVISIONING: "Provisioning", ERROR: "Error", DELETING: "Deleting" };

const newest = (one, other) => (one.createdAt < other.createdAt ? 1 : -1);
const SORTS = {
  "": ["Newest first", () => newest],
  name: ["Name", () => (one, other) => one.name.localeCompare(other.name) || newest(one, other)],
  memory: ["Fullest first", ({ figures }) => by((one) => share(figures.get(one.id)))],
  ops: ["Busiest first", ({ figures }) => by((one) => figures.get(one.id)?.ops ?? -1)],
  cost: ["Dearest first", ({ cost }) => by((one) => cost(one) ?? 0)],
};

const by = (figure) => (one, other) => figure(other) - figure(one) || newest(one, other);
const share = (found) => (found?.max ? found.used / found.max : -1);

export default function Instances({ query }) {
  const { instances, complete, problem, again } = useInstances();
  const figures = useFigures();
  const prices = usePrices();
  useArrivals(instances);
  const cost = (instance) => prices?.(instance.maxMemory, instance.persistence)?.costMonthly;
  return html`
    <div class="page">
      <div class="page-head">
        <div>
          <${Heading} title="Instances">Instances<//>
          ${instances?.length > 0 && html`<${Summary} instances=${instances} complete=${complete} cost=${cost} known=${Boolean(prices)} />`}
        </div>
        ${instances?.length > 0 &&
        html`
          <div class="actions">
            <${Allowed} permission="use" what="create an instance">
              <a class="button primary" href=${href("/instances/new")}><${Icon} name="plus" />Create instance</a>
            <//>
          </div>
        `}
      </div>
      <${ProblemNote} problem=${problem} again=${again} what="The instances could not be read" />
      ${!instances && !problem && html`<${Loading} lines=${6} what="Reading the instances" />`}
      ${instances?.length === 0 && complete && html`<${Welcome} />`}
      ${instances?.length > 0 && html`<${List} instances=${instances} figures=${figures} cost=${cost} query=${query} />`}
    </div>
  `;
}

/** Says what has come to run, or has failed, or is gone, wherever one is on the page. */
function useArrivals(instances) {
  const before = useRef(null);
  useEffect(() => {
    if (!instances) return;
    const now = new Map(instances.map((instance) => [instance.id, instance]));
    for (const [id, was] of before.current ?? []) {
      const is = now.get(id);
      if (!is && was.status === "DELETING") say(`${was.name} is gone`);
      if (is && is.status !== was.status && is.status === "RUNNING") say(`${is.name} is running`);
      if (is && is.status !== was.status && is.status === "ERROR") say(`${is.name} could not be made`);
    }
    before.current = now;
  }, [instances]);
}

function Summary({ instances, complete, cost, known }) {
  const running = instances.filter(({ status }) => status === "RUNNING");
  const memory = instances.reduce((sum, { maxMemory }) => sum + maxMemory, 0);
  // What has failed has nothing left that would cost.
  const dollars = instances.reduce((sum, one) => sum + (one.status === "ERROR" ? 0 : (cost(one) ?? 0)), 0);
  return html`
    <p class="summary">
      <span>${count(instances.length, "instance")}${!complete && " so far"}</span>
      <span>${running.length} running</span>
      <span>${bytes(memory)}</span>
      ${known && html`<span>about ${money(dollars)} a month</span>`}
    </p>
  `;
}

function List({ instances, figures, cost, query }) {
  const search = (query.get("q") ?? "").trim().toLowerCase();
  const status = query.get("status") ?? "";
  const sort = SORTS[query.get("sort") ?? ""] ? (query.get("sort") ?? "") : "";
  const counts = useMemo(() => countedBy(instances), [instances]);
  const shown = useMemo(() => {
    const wanted = instances.filter((one) => (!status || one.status === status) && (!search || isFound(one, search)));
    return wanted.sort(SORTS[sort][1]({ figures, cost }));
  }, [instances, figures, search, status, sort, cost === undefined]);
  return html`
    <div class="filters" role="search" aria-label="Instances">
      <${TextField} label="Search" type="search" placeholder="Name, id or hostname" value=${query.get("q") ?? ""} onInput=${(q) => setQuery({ q })} />
      <${SelectField}
        label="Status"
        value=${status}
        onInput=${(next) => setQuery({ status: next })}
        options=${Object.entries(STATUSES).map(([name, words]) => [name, `${words} (${name ? (counts[name] ?? 0) : instances.length})`])}
      />
      <${SelectField} label="Order" value=${sort} onInput=${(next) => setQuery({ sort: next })} options=${Object.entries(SORTS).map(([name, [words]]) => [name, words])} />
    </div>
    <p class="hidden" role="status">${count(shown.length, "instance")} shown</p>
    ${shown.length === 0
      ? html`
          <div class="card empty">
            <p>No instance fits ${search ? html`“${query.get("q")}”` : "this status"}.</p>
            <button type="button" class="button small" onClick=${() => setQuery({ q: "", status: "" })}>Show all ${instances.length}</button>
          </div>
        `
      : html`
          <div class="list card flush" role="table" aria-label="Instances" aria-rowcount=${shown.length + 1}>
            <div class="row head" role="row">
              ${["Name", "Status", "Memory", "Commands/s", "Connections", "A month"].map((words) => html`<span role="columnheader" key=${words}>${words}</span>`)}
            </div>
            ${shown.map((one) => html`<${Row} key=${one.id} instance=${one} figures=${figures.get(one.id)} cost=${cost(one)} />`)}
          </div>
        `}
  `;
}

function countedBy(instances) {
  const counts = {};
  for (const { status } of instances) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const isFound = ({ name, id, hostname }, search) => [name, id, hostname ?? ""].some((text) => text.toLowerCase().includes(search));
