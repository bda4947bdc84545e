// How the whole fleet is: instances of all organizations, the warm pool, and what the reconciler found.
import { call } from "../api.js";
import { bytes, number } from "../format.js";
import { html } from "../html.js";
import { useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Heading } from "../parts/heading.js";
import { Loading, Note, ProblemNote } from "../parts/problem.js";
import { Time } from "../parts/time.js";
import { Pool } from "./pool.js";
import { Reconciler } from "./reconciler.js";

const PATH = "/operations/fleet";

export default function Fleet() {
  const { data, problem, again } = useLive(({ signal }) => call("GET", PATH, { signal }), { every: 10 });
  return html`
    <${ProblemNote} problem=${problem} again=${again} what="The fleet could not be read" />
    ${!data && !problem && html`<${Loading} lines=${5} what="Reading the fleet" />`}
    ${data &&
    html`
      <section class="section">
        <div class="section-head">
          <${Heading} level=${2}>Instances of all organizations<//>
          ${data.instances && html`<span class="faint">${bytes(data.instances.memory)} in all, counted <${Time} at=${data.reconciler.lastPassAt} /></span>`}
        </div>
        ${data.instances
          ? html`<${Tiles} organizations=${data.organizations} instances=${data.instances} />`
          : html`<${Note}><p>The reconciler counts them in its pass every five minutes; none has ended yet.</p><//>`}
      </section>
      <${Pool} levels=${data.pool} />
      <${Reconciler} found=${data.reconciler} />
      <p class="hint">Alarms ring in CloudWatch; docs/operations.md says what each means and what to do. Figures over time are there too, in the namespace SwiftCache.</p>
      <${AsCommand} method="GET" path=${PATH} />
    `}
  `;
}

function Tiles({ organizations, instances }) {
  const { byStatus, changing, recovering, notAnswering } = instances;
  return html`
    <div class="tiles">
      <${Tile} words="Organizations" value=${organizations} />
      <${Tile} words="Running" value=${byStatus.RUNNING} />
      <${Tile} words="Provisioning" value=${byStatus.PROVISIONING} />
      <${Tile} words="Deleting" value=${byStatus.DELETING} />
      <${Tile} words="Error" value=${byStatus.ERROR} tone="bad" />
      <${Tile} words="Not answering" value=${notAnswering} tone="bad" />
      <${Tile} words="Recovering" value=${recovering} tone="warn" />
      <${Tile} words="Changing" value=${changing} />
    </div>
  `;
}

/** `tone` is what it looks like when it is not 0. */
const Tile = ({ words, value, tone = "" }) => html`
  <div class="tile card ${value > 0 ? tone : ""}"><span>${words}</span><b class="number">${number(value)}</b></div>
`;
