// Another task of the same size in the place of the one that serves, with the image and the certificate of now.
import { call } from "../api.js";
import { html, useState } from "../html.js";
import { useAction } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Dialog } from "../parts/dialog.js";
import { submitted } from "../parts/forms.js";
import { say } from "../parts/notices.js";
import { ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";

export function Replacement({ instance }) {
  const [open, setOpen] = useState(false);
  const busy = instance.change?.status === "IN_PROGRESS" || instance.recovering;
  return html`
    <section class="card section" aria-labelledby="replacement">
      <h2 id="replacement">Replace its task</h2>
      <p>A new task of the same size takes over with all data, from the image and with the certificate of now.</p>
      <${Allowed} permission="use" what="replace the task of an instance">
        <div class="actions">
          <button type="button" class="button" disabled=${busy || instance.status !== "RUNNING"} onClick=${() => setOpen(true)}>Replace…</button>
        </div>
      <//>
      ${open && html`<${Confirm} instance=${instance} onClose=${() => setOpen(false)} />`}
    </section>
  `;
}

function Confirm({ instance, onClose }) {
  const path = `/instances/${instance.id}/replace`;
  const replace = useAction(() => call("POST", path));
  const send = async () => {
    if (!(await replace.run())) return;
    onClose();
    say("The replacement has begun");
  };
  return html`
    <${Dialog} title="Replace the task of ${instance.name}?" onClose=${onClose}>
      <form class="form" onSubmit=${submitted(send)}>
        <p>
          It serves on while its data are copied. When the new task takes over, writes wait for about half a second, and every
          connection is closed once. No write that was acknowledged is lost. If it fails, the old task stays.
        </p>
        <${ProblemNote} problem=${replace.problem} what="It was not replaced" />
        <div class="actions">
          <button class="button primary" disabled=${replace.busy}>${replace.busy ? "Replacing…" : "Replace now"}</button>
          <button type="button" class="button" onClick=${onClose}>Keep the old one</button>
        </div>
        <${AsCommand} method="POST" path=${path} />
      </form>
    <//>
  `;
}
