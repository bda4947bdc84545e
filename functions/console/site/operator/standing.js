// Suspending an organization, and resuming it.
import { call } from "../api.js";
import { html, useState } from "../html.js";
import { useAction } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Dialog } from "../parts/dialog.js";
import { submitted, TextField } from "../parts/forms.js";
import { say } from "../parts/notices.js";
import { ProblemNote } from "../parts/problem.js";

export function Standing({ organization }) {
  const [open, setOpen] = useState(false);
  const { status, name } = organization.found;
  if (status === "DELETING") return null;
  return html`
    <section class="card section" aria-labelledby="standing">
      <h2 id="standing">${status === "SUSPENDED" ? "It is suspended" : "Suspend it"}</h2>
      ${status === "SUSPENDED"
        ? html`<${Resume} organization=${organization} />`
        : html`
            <p>Its account keys are refused at once, and its instances are deleted, protected or not. Its backups stay until they expire.</p>
            <div class="actions"><button type="button" class="button danger" onClick=${() => setOpen(true)}>Suspend…</button></div>
          `}
      ${open && html`<${Suspend} id=${organization.id} name=${name} onClose=${() => setOpen(false)} />`}
    </section>
  `;
}

function Resume({ organization }) {
  const path = `/organizations/${organization.id}/resume`;
  const resume = useAction(() => call("POST", path));
  const send = async () => {
    if (await resume.run()) say(`${organization.found.name} is active`);
  };
  return html`
    <p>Resumed, its account keys work again. Instances that were deleted stay so; it can restore from their backups.</p>
    <${ProblemNote} problem=${resume.problem} what="It was not resumed" />
    <div class="actions"><button type="button" class="button primary" disabled=${resume.busy} onClick=${send}>Resume</button></div>
    <${AsCommand} method="POST" path=${path} />
  `;
}

function Suspend({ id, name, onClose }) {
  const [typed, setTyped] = useState("");
  const path = `/organizations/${id}/suspend`;
  const suspend = useAction(() => call("POST", path));
  const send = async () => {
    if (!(await suspend.run())) return;
    say(`${name} is suspended`);
    onClose();
  };
  return html`
    <${Dialog} title="Suspend ${name}?" onClose=${onClose}>
      <form class="form" onSubmit=${submitted(send)}>
        <p>All its instances are deleted, and all data in them that no backup has.</p>
        <${TextField} label="Type its name to confirm: ${name}" value=${typed} onInput=${setTyped} />
        <${ProblemNote} problem=${suspend.problem} what="It was not suspended" />
        <div class="actions">
          <button class="button danger primary" disabled=${typed !== name || suspend.busy}>${suspend.busy ? "Suspending…" : "Suspend"}</button>
          <button type="button" class="button" onClick=${onClose}>Leave it</button>
        </div>
        <${AsCommand} method="POST" path=${path} />
      </form>
    <//>
  `;
}
