// Setting how much an organization may have.
import { call } from "../api.js";
import { html, useState } from "../html.js";
import { useAction } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { submitted } from "../parts/forms.js";
import { say } from "../parts/notices.js";
import { ProblemNote } from "../parts/problem.js";
import { fieldsOf, LimitFields, limitsOf } from "./limit_fields.js";

export function Limits({ organization }) {
  const [draft, setDraft] = useState(null);
  const present = fieldsOf(organization.found.limits);
  const path = `/organizations/${organization.id}`;
  const body = { limits: limitsOf(draft ?? present) };
  const change = useAction(() => call("PATCH", path, { body }));
  const send = async () => {
    if (!(await change.run())) return;
    setDraft(null);
    say("The limits are set");
  };
  return html`
    <section class="card section" aria-labelledby="limits">
      <h2 id="limits">Set its limits</h2>
      <form class="form" onSubmit=${submitted(send)}>
        <${LimitFields} values=${draft ?? present} onInput=${setDraft} problem=${change.problem} />
        <p class="hint">Below what is used nothing is taken away, and nothing more gets in.</p>
        <${ProblemNote} problem=${change.problem} what="The limits were not set" />
        <div class="actions"><button class="button" disabled=${!draft || change.busy}>Set limits</button></div>
        <${AsCommand} method="PATCH" path=${path} body=${body} />
      </form>
    </section>
  `;
}
