// A new organization, with its owner and the owner's key.
import { call } from "../api.js";
import { html, useState } from "../html.js";
import { useAction } from "../live.js";
import { LimitFields, limitsOf, STANDARD } from "../operator/limit_fields.js";
import { AsCommand } from "../parts/as_command.js";
import { submitted, TextField } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { Icon } from "../parts/icons.js";
import { say } from "../parts/notices.js";
import { keep } from "../parts/one_time.js";
import { ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { href, navigate } from "../router.js";

export default function NewOrganization() {
  const [name, setName] = useState("");
  const [limits, setLimits] = useState(STANDARD);
  const body = { name, limits: limitsOf(limits) };
  const create = useAction(() => call("POST", "/organizations", { body }));
  const send = async () => {
    const made = await create.run();
    if (!made) return;
    const { id, plainTextKey } = made.createdOwnerKey;
    keep(made.organization.id, { id, name: `${made.organization.name}'s first key`, text: plainTextKey });
    say(`${made.organization.name} is created`);
    navigate(`/operator/organizations/${made.organization.id}`);
  };
  return html`
    <div class="page narrow">
      <div><a class="back" href=${href("/operator/organizations")}><${Icon} name="back" />Organizations</a><${Heading} title="Create organization">Create an organization<//></div>
      <${Allowed} permission="operate" what="create an organization">
        <form class="card form" onSubmit=${submitted(send)}>
          <${TextField} label="Name" required maxlength="64" placeholder="Acme" value=${name} onInput=${setName} error=${create.problem?.at("/name")} />
          <${LimitFields} values=${limits} onInput=${setLimits} problem=${create.problem} />
          <p class="hint">It gets one member, the owner, and that member's account key, which the next page shows once.</p>
          <${ProblemNote} problem=${create.problem} what="It was not created" />
          <div class="actions"><button class="button primary" disabled=${create.busy}>${create.busy ? "Creating…" : "Create organization"}</button></div>
          <${AsCommand} method="POST" path="/organizations" body=${body} />
        </form>
      <//>
    </div>
  `;
}
