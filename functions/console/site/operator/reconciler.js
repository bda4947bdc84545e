// What the reconciler found in its last pass, and what waits for the next.
import { count, number } from "../format.js";
import { html } from "../html.js";
import { useNow } from "../live.js";
import { Note } from "../parts/problem.js";
import { Badge } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Time } from "../parts/time.js";

/** After so many minutes without a pass that ended its alarm rings. */
const LATE = 30;

const KINDS = {
  dns_record: "DNS record",
  webhook_secret: "webhook's secret",
  proof: "task that proves a backup",
  item: "item of the table",
  count: "count of what an organization uses",
  work: "work that nobody was at",
};

const ACTIONS = {
  resume: "taken up again",
  correct: "corrected",
  recover: "recovery begun",
  fail: "given up: its object is gone",
  check: "could not be compared",
  delete: "removed",
  refuse: "left to the operator",
};

const kindOf = (name) => KINDS[name] ?? name.replaceAll("_", " ");

export function Reconciler({ found }) {
  const { lastPassAt, passing, refused, findings, candidates, candidatesInAll } = found;
  const now = useNow(30);
  const late = lastPassAt && now - new Date(lastPassAt).getTime() > LATE * 60_000;
  return html`
    <section class="section" aria-labelledby="reconciler">
      <div class="section-head">
        <h2 id="reconciler">Reconciler</h2>
        <span class="faint">${lastPassAt ? html`last pass ended <${Time} at=${lastPassAt} />` : "no pass has ended yet"}${passing && ", one is under way"}</span>
      </div>
      <p>Every five minutes it compares the record with the world: removes what belongs to nobody, goes on with work that nobody is at, and corrects counts.</p>
      ${late && html`<${Note} tone="bad" title="It is late"><p>No pass has ended for ${LATE} minutes. The log of ReconcileFleetFunction says why; nothing is lost meanwhile.</p><//>`}
      ${refused &&
      html`<${Note} tone="bad" title="So much is to be removed that it is left to you"><p>Look whether the owners are really gone. If they are, invoke the function with a limit, as docs/operations.md shows; if not, the record is what is wrong.</p><//>`}
      ${lastPassAt && findings.length === 0 && candidatesInAll === 0 && html`<${Note} tone="good"><p>In its last pass the record and the world agreed.</p><//>`}
      ${findings.length > 0 && html`<${Findings} findings=${findings} />`}
      ${candidatesInAll > 0 && html`<${Candidates} candidates=${candidates} all=${candidatesInAll} />`}
    </section>
  `;
}

function Findings({ findings }) {
  const rows = findings.map((one) => ({
    key: `${one.kind} ${one.action}`,
    cells: [kindOf(one.kind), ACTIONS[one.action] ?? one.action, number(one.count), one.failed > 0 ? html`<${Badge} tone="bad">${number(one.failed)}<//>` : "0"],
  }));
  const figures = ["How many", "Failed"].map((words) => ({ words, end: true }));
  return html`<${Table} label="What it put right in its last pass" columns=${["Found", "What was done", ...figures]} rows=${rows} />`;
}

function Candidates({ candidates, all }) {
  const rows = candidates.map((one) => ({
    key: `${one.kind} ${one.name}`,
    cells: [
      html`${kindOf(one.kind)}<br /><code class="faint">${one.name}</code>`,
      html`<code>${one.owner}</code>`,
      html`<${Time} at=${one.firstSeen} />`,
      html`<${Badge} tone=${one.due ? "warn" : "plain"}>${one.due ? "due in the last pass" : "left alone for now"}<//>`,
    ],
  }));
  return html`
    <h3>Belongs to nobody: ${count(all, "resource")}</h3>
    <p>Left alone for 15 minutes, then removed. What was due in the last pass and is still here after the next could not be removed: the log says why.</p>
    <${Table} label="What belongs to nobody" columns=${["What", "Owner", "First seen", "State"]} rows=${rows} />
    ${candidates.length < all && html`<p class="hint">The oldest ${candidates.length} are shown.</p>`}
  `;
}
