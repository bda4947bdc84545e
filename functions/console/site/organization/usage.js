// How much of its limits an organization takes.
import { call } from "../api.js";
import { bytes, money, number } from "../format.js";
import { html } from "../html.js";
import { useInstances } from "../instances/list.js";
import { usePrices } from "../instances/prices.js";
import { useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Meter } from "../parts/meter.js";
import { Loading, ProblemNote } from "../parts/problem.js";

const FIGURES = [
  ["instances", "Instances", number],
  ["memory", "Memory of instances", bytes],
  ["backups", "Backups", number],
  ["backupBytes", "Size of backups", bytes],
];

export function Usage({ organization }) {
  const path = `/organizations/${organization.id}/usage`;
  const { data, problem, again } = useLive(({ signal }) => call("GET", path, { signal }), { every: 15, deps: [path] });
  return html`
    <section class="section" aria-labelledby="usage">
      <h2 id="usage">Limits and usage</h2>
      <${ProblemNote} problem=${problem} again=${again} what="The usage could not be read" />
      ${!data && !problem && html`<${Loading} lines=${2} what="Reading the usage" />`}
      ${data &&
      html`
        <div class="tiles wide-tiles">
          ${FIGURES.map(
            ([name, words, said]) => html`
              <div class="tile card" key=${name}>
                <span>${words}</span>
                <${Meter} used=${data.used[name]} max=${data.limits[name]} said=${said} label=${words} />
                <span class="faint">${said(data.left[name])} left</span>
              </div>
            `,
          )}
          ${organization.own && html`<${Cost} />`}
        </div>
        <p class="hint">Beyond a limit a request is answered with 429 LIMIT_EXCEEDED and the figures, and nothing is taken away. Who runs the service sets the limits.</p>
        <${AsCommand} method="GET" path=${path} />
      `}
    </section>
  `;
}

function Cost() {
  const { instances, complete } = useInstances();
  const prices = usePrices();
  const paid = (instances ?? []).filter(({ status }) => status !== "ERROR");
  const cost = prices && paid.reduce((sum, one) => sum + (prices(one.maxMemory, one.persistence)?.costMonthly ?? 0), 0);
  return html`
    <div class="tile card">
      <span>Cost of instances</span>
      <b class="number">${complete && prices ? money(cost) : "–"}</b>
      <span class="faint">a month, by AWS's list prices</span>
    </div>
  `;
}
