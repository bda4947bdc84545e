// While it is made or deleted, and where that failed: its steps, and what can be done.
import { html } from "../html.js";
import { useTimeline } from "../instances/one.js";
import { Heading } from "../parts/heading.js";
import { Loading, Note } from "../parts/problem.js";
import { Estimate, History, Steps } from "../parts/timeline.js";
import { href } from "../router.js";
import { DangerZone } from "./danger_zone.js";

const TITLES = { PROVISIONING: "It is being made", DELETING: "It is being deleted", ERROR: "It could not be made" };

export function Progress({ instance }) {
  const { status } = instance;
  const { timeline } = useTimeline(instance.id, status !== "ERROR");
  const operations = timeline?.operations ?? [];
  const current = operations.at(-1);
  return html`
    <section class="card section">
      <${Heading} level=${2}>${TITLES[status]}<//>
      ${status === "ERROR" && html`<${Reason} instance=${instance} />`}
      ${status === "PROVISIONING" && timeline?.estimate && html`<${Estimate} estimate=${timeline.estimate} readAt=${timeline.readAt} />`}
      ${status === "DELETING" && html`<p>Its data, container, volume and name are removed. This cannot be stopped any more; the receipt will say what was removed.</p>`}
      ${!timeline && html`<${Loading} lines=${4} what="Reading the steps" />`}
      ${current && status !== "ERROR" && html`<${Steps} operation=${current} />`}
    </section>
    ${(operations.length > 1 || status === "ERROR") && html`<section class="card section"><h2>What has happened</h2><${History} operations=${status === "ERROR" ? operations : operations.slice(0, -1)} /></section>`}
    ${status !== "DELETING" && html`<${DangerZone} instance=${instance} />`}
  `;
}

function Reason({ instance }) {
  const { error } = instance;
  return html`
    <${Note} tone="bad" title=${error?.message}>
      <p class="faint">${error?.code} in ${error?.step} · request ${error?.requestId}</p>
    <//>
    <p>Nothing of it is left, and it costs nothing. Delete it and <a href=${href("/instances/new")}>create another one</a>.</p>
  `;
}
