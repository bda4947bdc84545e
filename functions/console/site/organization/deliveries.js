// What was sent to a webhook, and what became of it.
import { call } from "../api.js";
import { count, number } from "../format.js";
import { html } from "../html.js";
import { useAction } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Icon } from "../parts/icons.js";
import { useNewest } from "../parts/newest.js";
import { say } from "../parts/notices.js";
import { Loading, ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { Badge } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Time } from "../parts/time.js";
import { may } from "../session.js";
import { words } from "./actions.js";

const TONES = { PENDING: "info", DELIVERED: "good", FAILED: "bad", CANCELLED: "plain" };
const STATUSES = { PENDING: "Being delivered", DELIVERED: "Delivered", FAILED: "Failed", CANCELLED: "Cancelled" };

/** What went wrong, by the API's code. */
const ERRORS = {
  STATUS_NOT_2XX: "the answer was not a 2xx",
  TIMED_OUT: "no answer within 5 seconds",
  NAME_NOT_RESOLVED: "the host has no address",
  CONNECTION_FAILED: "nobody listens there, or they hung up",
  TLS_FAILED: "no certificate for this host that a public authority vouches for",
  NOT_HTTP: "the answer is not one of HTTP",
  TARGET_FORBIDDEN: "the host's address is not public",
  UNSIGNED: "the secret is missing: delete the webhook and create it again",
};

const MOVING = 1;
const CALM = 10;

/** `path` is the webhook's. */
export function Deliveries({ path: webhook, enabled }) {
  const path = `${webhook}/deliveries`;
  const { items, problem, again, more, older } = useNewest(path, "deliveries", {
    key: ({ eventId }) => eventId,
    every: (found) => (found.some(soon) ? MOVING : CALM),
  });
  return html`
    <section class="section" aria-labelledby="deliveries">
      <div class="section-head">
        <h2 id="deliveries">Deliveries</h2>
        <${Allowed} permission="manage" what="send a test"><${Test} path="${webhook}/test" enabled=${enabled} /><//>
      </div>
      <${ProblemNote} problem=${problem} again=${again} what="The deliveries could not be read" />
      ${!items && !problem && html`<${Loading} what="Reading the deliveries" />`}
      ${items?.length === 0 && html`<div class="card empty"><p>Nothing was sent in the last 7 days. What happens is sent at once, and a test whenever you like.</p></div>`}
      ${items?.length > 0 && html`<div class="card flush entries">${items.map((delivery) => html`<${Delivery} key=${delivery.eventId} delivery=${delivery} />`)}</div>`}
      <${ProblemNote} problem=${older.problem} what="No older deliveries could be read" />
      ${may("manage") && html`<${AsCommand} what="Send a test" method="POST" path="${webhook}/test" />`}
      ${more && html`<div class="actions"><button type="button" class="button" disabled=${older.busy} onClick=${older.run}>${older.busy ? "Reading…" : "Load older deliveries"}</button></div>`}
    </section>
  `;
}

function Test({ path, enabled }) {
  const test = useAction(() => call("POST", path));
  const send = async () => {
    if (await test.run()) say("A test is on its way: this list shows what becomes of it");
  };
  if (!enabled) return html`<span class="faint">It is disabled, so nothing is sent.</span>`;
  return html`
    <button type="button" class="button primary" disabled=${test.busy} onClick=${send}>Send a test</button>
    <${ProblemNote} problem=${test.problem} what="No test was sent" />
  `;
}

/** Whether an attempt is under way, or comes in a moment. */
function soon({ status, nextAttemptAt }) {
  return status === "PENDING" && (!nextAttemptAt || new Date(nextAttemptAt) < Date.now() + 10_000);
}

function Delivery({ delivery }) {
  const { eventId, eventType, at, status, attempts, nextAttemptAt } = delivery;
  const last = attempts.at(-1);
  return html`
    <details class="entry">
      <summary>
        <${Icon} name="arrow" />
        <span class="entry-what"><b>${words(eventType)}</b> <${Outcome} delivery=${delivery} /></span>
        <span class="entry-who">${count(attempts.length, "attempt")}${last?.error && `: ${ERRORS[last.error]}`}</span>
        <span class="entry-when faint"><${Time} at=${at} /></span>
      </summary>
      <div class="section">
        <dl class="facts">
          <div><dt>Event</dt><dd><code>${eventType}</code><br /><code class="faint">${eventId}</code></dd></div>
          <div><dt>Happened</dt><dd><${Time} at=${at} absolute /></dd></div>
          ${nextAttemptAt && html`<div><dt>Next attempt</dt><dd><${Time} at=${nextAttemptAt} /></dd></div>`}
        </dl>
        ${attempts.length > 0 && html`<${Attempts} attempts=${attempts} />`}
      </div>
    </details>
  `;
}

function Outcome({ delivery: { status, attempts } }) {
  const again = status === "PENDING" && attempts.length > 0;
  return html`<${Badge} tone=${again ? "warn" : TONES[status]}>${status === "PENDING" && html`<span class="dot moving"></span>`}${again ? "Will be tried again" : STATUSES[status]}<//>`;
}

function Attempts({ attempts }) {
  const rows = attempts.map((attempt, index) => ({
    key: attempt.at,
    cells: [
      index + 1,
      html`<${Time} at=${attempt.at} absolute />`,
      attempt.statusCode ?? "–",
      `${number(attempt.durationMs)} ms`,
      attempt.error ? html`${ERRORS[attempt.error]} <code class="faint">${attempt.error}</code>` : "nothing",
    ],
  }));
  return html`<${Table} label="Attempts" columns=${["Attempt", "When", "Status", "Took", "What went wrong"]} rows=${rows} />`;
}
