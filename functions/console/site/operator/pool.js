// The warm pool, size by size.
import { bytes, count, money, number } from "../format.js";
import { html } from "../html.js";
import { usePrices } from "../instances/prices.js";
import { Meter } from "../parts/meter.js";
import { Badge } from "../parts/status.js";
import { Table } from "../parts/table.js";

export const Pool = ({ levels }) => html`
  <section class="section" aria-labelledby="pool">
    <h2 id="pool">Warm pool</h2>
    ${levels.length === 0
      ? html`
          <div class="card empty">
            <p>There is no warm pool: each creation starts a task of its own.</p>
            <p>With the template's parameter <code>WarmPool</code>, such as <code>512=2,1024=1</code>, tasks wait for owners, and a creation that one fits takes seconds.</p>
          </div>
        `
      : html`
          <p>Redis tasks that are started and verified, and wait for owners. Another takes a member's place as soon as it is taken.</p>
          <${Levels} levels=${levels} />
        `}
  </section>
`;

function Levels({ levels }) {
  const prices = usePrices();
  const rows = levels.map(({ taskMemory, largestMemory, wanted, ready, starting, failed }) => ({
    key: taskMemory,
    cells: [
      html`<b>${number(taskMemory)} MiB</b>${wanted > 0 && ready === 0 && html` <${Badge} tone="bad">empty<//>`}`,
      bytes(largestMemory),
      html`<${Ready} ready=${ready} wanted=${wanted} size=${taskMemory} />`,
      number(starting),
      failed > 0 ? html`<${Badge} tone="bad">${failed}<//>` : "0",
      prices ? money(wanted * prices(largestMemory, false).costMonthly) : "–",
    ],
  }));
  const figures = ["Being started", "Failed", "Costs a month"].map((words) => ({ words, end: true }));
  return html`<${Table} label="Warm pool" columns=${["Task", "Serves up to", "Ready", ...figures]} rows=${rows} />`;
}

const Ready = ({ ready, wanted, size }) =>
  wanted > 0
    ? html`<${Meter} used=${ready} max=${wanted} said=${number} label="Ready members in tasks of ${size} MiB" full />`
    : html`<span class="faint">${count(ready, "member")} left, and none wanted</span>`;
