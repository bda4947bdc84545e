// Backups of an instance: taking one, what proves them, restoring, taking away.
import { call } from "../api.js";
import { html, useState } from "../html.js";
import { useAction } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { submitted, TextField } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { say } from "../parts/notices.js";
import { ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { Time } from "../parts/time.js";
import { href } from "../router.js";
import { BackupList } from "./backup_list.js";

export default function Backups({ instance }) {
  const { backupSchedule: schedule, nextBackupAt } = instance;
  return html`
    <section class="section">
      <${Heading} level=${2}>Backups<//>
      <p>
        A backup is all data of one moment, checked, and proved by restoring it. It outlives the instance.${" "}
        ${schedule
          ? html`One is taken each ${schedule.every} and the last ${schedule.keep} are kept; the next comes <${Time} at=${nextBackupAt} />.`
          : html`None is taken by itself: <a href=${href(`/instances/${instance.id}/settings`)}>choose a schedule</a>.`}
      </p>
      <${BackupList} instanceId=${instance.id} />
    </section>
    ${instance.status === "RUNNING" && html`<${Take} instance=${instance} />`}
  `;
}

function Take({ instance }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState("30");
  const path = `/instances/${instance.id}/backups`;
  const body = { ...(name && { name }), retentionDays: Number(days) };
  const take = useAction(() => call("POST", path, { body }));
  const send = async () => {
    if (!(await take.run())) return;
    setName("");
    say("The backup is being taken");
  };
  return html`
    <section class="card section" aria-labelledby="take">
      <h2 id="take">Take a backup now</h2>
      <${Allowed} permission="use" what="take a backup">
        <form class="form" onSubmit=${submitted(send)}>
          <div class="fields">
            <${TextField} label="Name" optional maxlength="100" placeholder="before the release" value=${name} onInput=${setName} error=${take.problem?.at("/name")} />
            <${TextField} label="Keep it for days" type="number" min="1" max="3650" required value=${days} onInput=${setDays} error=${take.problem?.at("/retentionDays")} />
          </div>
          <${ProblemNote} problem=${take.problem} what="No backup is taken" />
          <div class="actions"><button class="button primary" disabled=${take.busy}>Take a backup</button></div>
          <p class="hint">Nobody notices: clients read and write on.</p>
          <${AsCommand} method="POST" path=${path} body=${body} />
        </form>
      <//>
    </section>
  `;
}
