// An organization: what it may have and has, what it is called, and its end.
import { call } from "../api.js";
import { html, useState } from "../html.js";
import { useAction } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { CopyLine } from "../parts/copy.js";
import { submitted, TextField } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { say } from "../parts/notices.js";
import { ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { Time } from "../parts/time.js";
import { Limits } from "../operator/limits.js";
import { Standing } from "../operator/standing.js";
import { load, may } from "../session.js";
import { DeleteOrganization } from "./delete.js";
import { Usage } from "./usage.js";

export default function Overview({ organization }) {
  const { found } = organization;
  return html`
    <${Heading} level=${2} class="hidden">Overview<//>
    <${Usage} organization=${organization} />
    <div class="two">
      <section class="card section" aria-labelledby="what">
        <h2 id="what">What it is</h2>
        <dl class="facts">
          <div class="wide"><dt>Id</dt><dd><${CopyLine} text=${organization.id} what="the id" /></dd></div>
          <div><dt>Status</dt><dd>${found.status.toLowerCase()}</dd></div>
          <div><dt>Created</dt><dd><${Time} at=${found.createdAt} absolute /></dd></div>
        </dl>
        <${Rename} organization=${organization} />
      </section>
      ${may("operate") && html`<${Limits} organization=${organization} />`}
    </div>
    ${!organization.own && may("operate") && html`<${Standing} organization=${organization} />`}
    <${DeleteOrganization} organization=${organization} />
  `;
}

function Rename({ organization }) {
  const [name, setName] = useState(null);
  const path = `/organizations/${organization.id}`;
  const body = { name: name ?? organization.found.name };
  const rename = useAction(async () => {
    const done = await call("PATCH", path, { body });
    if (organization.own) await load();
    return done;
  });
  const send = async () => {
    if (!(await rename.run())) return;
    setName(null);
    say("Renamed");
  };
  return html`
    <${Allowed} permission="own" what="rename the organization">
      <form class="form" onSubmit=${submitted(send)}>
        <${TextField} label="Name" required maxlength="64" value=${body.name} onInput=${setName} error=${rename.problem?.at("/name")} />
        <${ProblemNote} problem=${rename.problem} what="It was not renamed" />
        <div class="actions"><button class="button" disabled=${rename.busy || body.name === organization.found.name}>Rename</button></div>
        <${AsCommand} method="PATCH" path=${path} body=${body} />
      </form>
    <//>
  `;
}
