// What has to be done to an instance by a time: doing it now, or putting it off.
import { call } from "../api.js";
import { html } from "../html.js";
import { useAction } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { say } from "../parts/notices.js";
import { ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { Time } from "../parts/time.js";
import { href } from "../router.js";

const REASONS = {
  CERTIFICATE: "Its certificate is renewed",
  IMAGE: "There is a newer version of Redis",
  ROLLBACK: "Its version does harm, and goes back to the one before",
  RETIREMENT: "AWS retires the machine beneath it",
  OPERATOR: "Whoever runs the service wants it",
};

export function Maintenance({ instance }) {
  if (instance.pendingMaintenance.length === 0) return null;
  return html`
    <section class="card section" aria-labelledby="maintenance">
      <div class="section-head"><h2 id="maintenance">Maintenance that is to come</h2><a href=${href(`/instances/${instance.id}/settings`)}>Change the window</a></div>
      <p>A new task takes over with all data. Writes wait for about half a second, and every connection is closed once.</p>
      ${instance.pendingMaintenance.map((pending) => html`<${Pending} key=${pending.reason} instance=${instance} pending=${pending} />`)}
    </section>
  `;
}

function Pending({ instance, pending }) {
  const path = `/instances/${instance.id}/maintenance/${pending.reason.toLowerCase()}`;
  const begin = useAction(() => call("POST", `${path}/now`));
  const defer = useAction(() => call("POST", `${path}/defer`));
  const underWay = instance.change?.status === "IN_PROGRESS";
  const tell = async (action, words) => (await action.run()) && say(words);
  return html`
    <div class="form">
      <p>
        <b>${REASONS[pending.reason] ?? pending.reason}</b>: it begins by itself <${Time} at=${pending.startsAt} />${" "}
        (<${Time} at=${pending.startsAt} absolute />), and must be done by <${Time} at=${pending.deadline} absolute />.
      </p>
      <${ProblemNote} problem=${begin.problem} what="It was not begun" />
      <${ProblemNote} problem=${defer.problem} what="It was not put off" />
      <${Allowed} permission="use" what="begin maintenance, or put it off">
        <div class="actions">
          <button type="button" class="button" disabled=${underWay || begin.busy} onClick=${() => tell(begin, "The maintenance begins")}>Do it now</button>
          <button type="button" class="button" disabled=${underWay || defer.busy} onClick=${() => tell(defer, "It was put off to the next window")}>Put it off</button>
        </div>
      <//>
      <${AsCommand} what="Do it now" method="POST" path=${`${path}/now`} />
      <${AsCommand} what="Put it off" method="POST" path=${`${path}/defer`} />
    </div>
  `;
}
