// The backups of an instance, there or deleted, and what can be done with each.
import { all, call } from "../api.js";
import { bytes, count, duration, engineText, number } from "../format.js";
import { html, useState } from "../html.js";
import { useAction, useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Copy } from "../parts/copy.js";
import { Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icons.js";
import { say } from "../parts/notices.js";
import { Loading, Note, ProblemNote } from "../parts/problem.js";
import { Badge } from "../parts/status.js";
import { Time } from "../parts/time.js";
import { href, navigate } from "../router.js";
import { may } from "../session.js";

const KINDS = { MANUAL: "taken by hand", SCHEDULED: "by schedule", FINAL: "before the deletion", IMPORTED: "imported" };
const TONES = { CREATING: "info", AVAILABLE: "good", FAILED: "bad", DELETING: "warn" };
const WORDS = { CREATING: "Being taken", AVAILABLE: "Available", FAILED: "Failed", DELETING: "Being deleted" };

const moving = (backups) => backups.some(({ status, verified, kind }) => ["CREATING", "DELETING"].includes(status) || (status === "AVAILABLE" && !verified && kind !== "SCHEDULED"));

/** `gone`: the instance is deleted, so that it can be brought back from its last backup. */
export function BackupList({ instanceId, gone = false }) {
  const [asked, setAsked] = useState(null);
  const { data, problem, again } = useLive(({ signal }) => all(`/instances/${instanceId}/backups`, "backups", { signal }), {
    every: (found) => (found && moving(found) ? 1.5 : 15),
    deps: [instanceId],
  });
  const close = () => setAsked(null);
  if (!data) return problem ? html`<${ProblemNote} problem=${problem} again=${again} />` : html`<${Loading} what="Reading the backups" />`;
  if (data.length === 0) return html`<div class="card empty"><p>There is no backup${gone ? " of it" : " yet"}.</p></div>`;
  return html`
    <div class="backups">
      ${data.map((backup) => html`<${Backup} key=${backup.id} backup=${backup} gone=${gone} onAsk=${(what) => setAsked({ what, backup })} />`)}
    </div>
    ${asked?.what === "download" && html`<${Download} backup=${asked.backup} onClose=${close} />`}
    ${asked?.what === "delete" && html`<${Delete} backup=${asked.backup} onClose=${close} />`}
    ${asked?.what === "undelete" && html`<${Undelete} backup=${asked.backup} onClose=${close} />`}
  `;
}

function Backup({ backup, gone, onAsk }) {
  const there = backup.status === "AVAILABLE";
  return html`
    <article class="card backup">
      <div class="section-head">
        <h3>${backup.name}</h3>
        <${Badge} tone=${TONES[backup.status]}>${backup.status === "CREATING" && html`<span class="dot moving"></span>`}${WORDS[backup.status]}<//>
      </div>
      <p class="faint"><code>${backup.id}</code> · ${KINDS[backup.kind]}, <${Time} at=${backup.takenAt ?? backup.createdAt} /></p>
      <dl class="facts">
        <div><dt>Size</dt><dd>${bytes(backup.sizeBytes)}</dd></div>
        <div><dt>Keys</dt><dd>${number(backup.keys)}</dd></div>
        <div><dt>Written by</dt><dd>${backup.engine ? engineText(backup.engine, backup.engineVersion) : "–"}</dd></div>
        <div><dt>Kept until</dt><dd><${Time} at=${backup.expiresAt} absolute /></dd></div>
      </dl>
      ${backup.error && html`<${Note} tone="bad"><p>${backup.error.message}</p><p class="faint">${backup.error.code}</p><//>`}
      ${there && html`<${Proof} verified=${backup.verified} />`}
      ${there &&
      html`
        <div class="actions">
          ${may("use") && html`<a class="button small" href=${href(`/instances/new?restoreFrom=${backup.id}`)}>Restore into a new instance</a>`}
          ${may("use") && html`<button type="button" class="button small" onClick=${() => onAsk("download")}>Download</button>`}
          ${may("use") && gone && backup.kind === "FINAL" && html`<button type="button" class="button small primary" onClick=${() => onAsk("undelete")}>Bring the instance back</button>`}
          ${may("delete") && html`<button type="button" class="button small danger" aria-label="Delete ${backup.name}" onClick=${() => onAsk("delete")}>Delete</button>`}
        </div>
      `}
    </article>
  `;
}

const Proof = ({ verified }) =>
  verified
    ? html`<p class="good-text"><${Icon} name="check" /><span>Restored to try it: ${count(verified.keys, "key")} in ${duration(verified.seconds)}, <${Time} at=${verified.at} /></span></p>`
    : html`<p class="faint">Whole and checked; not restored to try it yet.</p>`;

function Download({ backup, onClose }) {
  const path = `/backups/${backup.id}/download`;
  const link = useAction(() => call("POST", path));
  const [found, setFound] = useState(null);
  const ask = async () => setFound((await link.run()) ?? null);
  return html`
    <${Dialog} title="Download ${backup.name}" onClose=${onClose}>
      <p>All data of this backup, as a file of Redis's own format (RDB), ${bytes(backup.sizeBytes)}. Who has the link has the data.</p>
      <${ProblemNote} problem=${link.problem} />
      ${found &&
      html`
        <p>The link ends <${Time} at=${found.expiresAt} />. The file's SHA-256:</p>
        <p><code>${found.sha256}</code> <${Copy} text=${found.sha256} what="the hash" /></p>
      `}
      <div class="actions">
        ${found
          ? html`<a class="button primary" href=${found.url} download rel="noreferrer">Download the file</a>`
          : html`<button type="button" class="button primary" disabled=${link.busy} onClick=${ask}>Make a link</button>`}
        <button type="button" class="button" onClick=${onClose}>Close</button>
      </div>
      <${AsCommand} method="POST" path=${path} />
    <//>
  `;
}

function Delete({ backup, onClose }) {
  const path = `/backups/${backup.id}`;
  const remove = useAction(() => call("DELETE", path));
  const send = async () => {
    if (!(await remove.run())) return;
    say(`${backup.name} is being deleted`);
    onClose();
  };
  return html`
    <${Dialog} title="Delete ${backup.name}?" onClose=${onClose}>
      <p>Its file is removed for good, in every version.</p>
      <${ProblemNote} problem=${remove.problem} what="It was not deleted" />
      <div class="actions">
        <button type="button" class="button danger primary" disabled=${remove.busy} onClick=${send}>Delete the backup</button>
        <button type="button" class="button" onClick=${onClose}>Keep it</button>
      </div>
      <${AsCommand} method="DELETE" path=${path} />
    <//>
  `;
}

function Undelete({ backup, onClose }) {
  const path = `/backups/${backup.id}/undelete`;
  const undelete = useAction(() => call("POST", path));
  const send = async () => {
    const back = await undelete.run();
    if (!back) return;
    onClose();
    navigate("/instances");
    navigate(`/instances/${back.instance.id}`);
  };
  return html`
    <${Dialog} title="Bring ${backup.instanceName} back?" onClose=${onClose}>
      <p>It comes back under its id and its hostname, with its keys, settings and schedule, and all ${number(backup.keys)} keys of its last moment.</p>
      <${ProblemNote} problem=${undelete.problem} what="It was not brought back" />
      <div class="actions">
        <button type="button" class="button primary" disabled=${undelete.busy} onClick=${send}>Bring it back</button>
        <button type="button" class="button" onClick=${onClose}>Close</button>
      </div>
      <${AsCommand} method="POST" path=${path} />
    <//>
  `;
}
