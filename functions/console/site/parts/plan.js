// What a change would do, before it is made.
import { bytes, engineText, money } from "../format.js";
import { html } from "../html.js";
import { Note } from "./problem.js";

const KINDS = {
  NONE: "Nothing of Redis changes.",
  IN_PLACE: "It is changed in the running Redis, at once. No connection notices.",
  REPLACE: "A new task takes over with all data. Every connection is closed once, and clients connect again.",
};

export function Plan({ plan }) {
  const saved = plan.costMonthlyAfter - plan.costMonthlyBefore;
  return html`
    <div class="section" role="status">
      <p>${KINDS[plan.kind]}</p>
      <dl class="facts">
        <div><dt>Pause of writes</dt><dd>${plan.expectedPauseMilliseconds ? `about ${plan.expectedPauseMilliseconds / 1000} s` : "none"}</dd></div>
        <div><dt>Connections</dt><dd>${plan.restart ? "closed once" : "stay"}</dd></div>
        <div>
          <dt>Cost a month</dt>
          <dd>${money(plan.costMonthlyAfter)}${saved !== 0 && html` <span class="faint">(${saved > 0 ? "+" : "−"}${money(Math.abs(saved))})</span>`}</dd>
        </div>
        ${plan.memory.used !== null &&
        html`<div><dt>Data</dt><dd>${bytes(plan.memory.used)} of ${bytes(plan.memory.target)}, ${plan.memory.fits ? "fits" : "does not fit"}</dd></div>`}
        ${plan.engineBefore !== plan.engineAfter &&
        html`<div><dt>Engine</dt><dd>${engineText(plan.engineBefore, plan.versionBefore)} → ${engineText(plan.engineAfter, plan.versionAfter)}</dd></div>`}
        <div><dt>Task</dt><dd>${task(plan.taskBefore)}${plan.kind === "REPLACE" && html` → ${task(plan.taskAfter)}`}</dd></div>
      </dl>
      ${plan.blockedBy.map((one) => html`<${Note} key=${one.code} tone="bad" title="It would be refused now"><p>${one.detail}</p><p class="faint">${one.code}</p><//>`)}
    </div>
  `;
}

const task = ({ vcpu, memoryGb }) => `${vcpu} vCPU, ${memoryGb} GB`;
