// The end of an organization: its name is typed.
import { call } from "../api.js";
import { html, useState } from "../html.js";
import { useAction } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Dialog } from "../parts/dialog.js";
import { submitted, TextField } from "../parts/forms.js";
import { say } from "../parts/notices.js";
import { Note, ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { navigate } from "../router.js";
import { may, signOut } from "../session.js";

export function DeleteOrganization({ organization }) {
  const [open, setOpen] = useState(false);
  const operators = organization.own && may("operate");
  return html`
    <section class="card section danger-zone" aria-labelledby="delete">
      <h2 id="delete">Delete this organization</h2>
      <p>Its account keys are refused at once. Its instances are deleted, protected or not, then its backups, members and webhooks. It cannot be brought back.</p>
      <${Allowed} permission="own" what="delete the organization">
        ${operators && html`<${Note}><p>It is the operator's own: nobody could undo its deletion, so the API refuses it.</p><//>`}
        ${!operators && organization.found.status === "DELETING" && html`<${Note} tone="warn"><p>It is being deleted.</p><//>`}
        ${!operators &&
        organization.found.status !== "DELETING" &&
        html`<div class="actions"><button type="button" class="button danger" onClick=${() => setOpen(true)}>Delete…</button></div>`}
      <//>
      ${open && html`<${Confirm} organization=${organization} onClose=${() => setOpen(false)} />`}
    </section>
  `;
}

function Confirm({ organization, onClose }) {
  const [typed, setTyped] = useState("");
  const { name } = organization.found;
  const path = `/organizations/${organization.id}`;
  const remove = useAction(async () => {
    await call("DELETE", path);
    // Nothing of it can be read any more, not even by who is signed in here.
    if (organization.own) await signOut({ reason: `${name} is being deleted: its account keys open nothing any more.` });
    return true;
  });
  const send = async () => {
    if (!(await remove.run())) return;
    say(`${name} is being deleted`);
    onClose();
    navigate(organization.own ? "/" : "/operator/organizations");
  };
  return html`
    <${Dialog} title="Delete ${name}?" onClose=${onClose}>
      <form class="form" onSubmit=${submitted(send)}>
        <p>All data of all its instances are lost, and all backups with them.</p>
        <${TextField} label="Type its name to confirm: ${name}" value=${typed} onInput=${setTyped} />
        <${ProblemNote} problem=${remove.problem} what="It was not deleted" />
        <div class="actions">
          <button class="button danger primary" disabled=${typed !== name || remove.busy}>${remove.busy ? "Deleting…" : "Delete for good"}</button>
          <button type="button" class="button" onClick=${onClose}>Keep it</button>
        </div>
        <${AsCommand} method="DELETE" path=${path} />
      </form>
    <//>
  `;
}
