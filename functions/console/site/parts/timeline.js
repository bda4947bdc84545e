// Operations of an instance and their steps, as they happen.
import { duration } from "../format.js";
import { html } from "../html.js";
import { useNow } from "../live.js";
import { Icon } from "./icons.js";
import { Time } from "./time.js";

const KINDS = { CREATION: "Creation", CLEAN_UP: "Clean-up", RESIZE: "Change of size", REPLACEMENT: "Replacement of its task", RECOVERY: "Recovery", DELETION: "Deletion" };
const OUTCOMES = { IN_PROGRESS: "under way", SUCCEEDED: "done", NOTHING_TO_DO: "nothing to do", FAILED: "failed", CANCELLED: "cancelled" };
const ICONS = { SUCCEEDED: "check", NOTHING_TO_DO: "check", FAILED: "cross", CANCELLED: "cross" };

const seconds = ({ startedAt, endedAt }, now) => ((endedAt ? new Date(endedAt).getTime() : now) - new Date(startedAt).getTime()) / 1000;

/** The steps of an operation. */
export function Steps({ operation }) {
  const now = useNow(0.5);
  return html`
    <ol class="timeline">
      ${operation.steps.map(
        (step) => html`
          <li key=${`${step.name} ${step.startedAt}`} class="step ${step.outcome.toLowerCase()}">
            <span class="mark">${step.outcome === "IN_PROGRESS" ? html`<span class="spinner"></span>` : html`<${Icon} name=${ICONS[step.outcome]} />`}</span>
            <span class="step-title">${step.title}<span class="hidden">, ${OUTCOMES[step.outcome]}</span></span>
            <span class="number faint">${duration(seconds(step, now))}</span>
            ${(step.attempts > 1 || step.cause) && html`<span class="step-cause">${step.attempts > 1 && `Attempt ${step.attempts}. `}${step.cause}</span>`}
          </li>
        `,
      )}
    </ol>
  `;
}

/** All operations, the last one first; each opens to show its steps. */
export function History({ operations }) {
  const now = useNow(5);
  return html`
    <div class="history">
      ${[...operations].reverse().map(
        (operation) => html`
          <details key=${`${operation.kind} ${operation.startedAt}`}>
            <summary>
              <span class="mark ${operation.outcome.toLowerCase()}">${operation.outcome === "IN_PROGRESS" ? html`<span class="spinner"></span>` : html`<${Icon} name=${ICONS[operation.outcome]} />`}</span>
              <b>${KINDS[operation.kind] ?? operation.kind}</b>
              <span class="faint">${OUTCOMES[operation.outcome]}${operation.attempt > 1 && `, attempt ${operation.attempt}`}</span>
              <span class="faint end">${duration(seconds(operation, now))}, <${Time} at=${operation.startedAt} /></span>
            </summary>
            ${operation.cause && html`<p class="step-cause">${operation.cause}</p>`}
            <${Steps} operation=${operation} />
          </details>
        `,
      )}
    </div>
  `;
}

/** How far a creation is, by what the last ones took: it says what is known, and promises nothing. */
export function Estimate({ estimate, readAt }) {
  const elapsed = estimate.elapsedSeconds + (useNow(0.5) - readAt) / 1000;
  const { p50Seconds: half, p95Seconds: most } = estimate;
  return html`
    <div class="estimate">
      ${most !== null && html`<progress max=${most} value=${Math.min(elapsed, most)} aria-label="Time of the creation">${duration(elapsed)}</progress>`}
      <p>
        <b class="number">${duration(elapsed)}</b> so far.${" "}
        ${half === null
          ? "Too few creations are known yet to say how long it takes."
          : `Of the last ${estimate.creations} creations that took this long, half took at most ${duration(half)}, and 95 of 100 at most ${duration(most)}.`}
      </p>
      ${estimate.waitsForAws && html`<p class="warn-text"><${Icon} name="clock" />AWS has no room for it at the moment, or takes no more requests: it waits for its turn, ten minutes at most.</p>`}
    </div>
  `;
}
