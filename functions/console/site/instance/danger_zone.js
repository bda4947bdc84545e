// Deleting an instance: its name is typed, and whether a last backup comes before is chosen.
import { call } from "../api.js";
import { html, useState } from "../html.js";
import { useAction } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Dialog } from "../parts/dialog.js";
import { SelectField, submitted, TextField } from "../parts/forms.js";
import { Note, ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";

const CHOICES = [
  ["required", "Back up first; if that fails, do not delete"],
  ["best-effort", "Back up first; if that fails, delete all the same"],
  ["none", "Delete at once, without a backup"],
];

export function DangerZone({ instance }) {
  const [open, setOpen] = useState(false);
  return html`
    <section class="card section danger-zone" aria-labelledby="danger">
      <h2 id="danger">Delete this instance</h2>
      <p>Its data are wiped, its keys refused, its name removed. A deletion cannot be stopped.</p>
      <${Allowed} permission="delete" what="delete an instance">
        ${instance.deletionProtection
          ? html`<${Note} tone="info"><p>It is protected from deletion. Turn that off in the settings first.</p><//>`
          : html`<div class="actions"><button type="button" class="button danger" onClick=${() => setOpen(true)}>Delete…</button></div>`}
      <//>
      ${open && html`<${Confirm} instance=${instance} onClose=${() => setOpen(false)} />`}
    </section>
  `;
}

function Confirm({ instance, onClose }) {
  const running = instance.status === "RUNNING";
  const [typed, setTyped] = useState("");
  const [finalBackup, setFinalBackup] = useState(running ? "required" : "none");
  const query = { finalBackup: finalBackup === "none" ? undefined : finalBackup };
  const path = `/instances/${instance.id}`;
  const remove = useAction(() => call("DELETE", path, { query }));
  const send = async () => {
    if (await remove.run()) onClose();
  };
  return html`
    <${Dialog} title="Delete ${instance.name}?" onClose=${onClose}>
      <form class="form" onSubmit=${submitted(send)}>
        ${running && html`<${SelectField} label="A last backup" value=${finalBackup} onInput=${setFinalBackup} options=${CHOICES} hint=${finalBackup === "none" ? "All data are lost." : "It is kept for 30 days, and the instance can be undeleted from it."} />`}
        <${TextField} label="Type its name to confirm: ${instance.name}" value=${typed} onInput=${setTyped} />
        <${ProblemNote} problem=${remove.problem} what="It was not deleted" />
        <div class="actions">
          <button class="button danger primary" disabled=${typed !== instance.name || remove.busy}>${remove.busy ? "Deleting…" : "Delete for good"}</button>
          <button type="button" class="button" onClick=${onClose}>Keep it</button>
        </div>
        <${AsCommand} method="DELETE" path=${path} query=${query} />
      </form>
    <//>
  `;
}
