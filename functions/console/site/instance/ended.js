// It is gone: the receipt says what was removed, for owners and for a day.
import { call } from "../api.js";
import { bytes, count, duration } from "../format.js";
import { html } from "../html.js";
import { useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Heading } from "../parts/heading.js";
import { Icon } from "../parts/icons.js";
import { Loading, Note, ProblemNote } from "../parts/problem.js";
import { Table } from "../parts/table.js";
import { Time } from "../parts/time.js";
import { href } from "../router.js";
import { may } from "../session.js";
import { BackupList } from "./backup_list.js";

const KINDS = {
  TASK: "Redis task",
  TASK_DEFINITION: "Task definition of its own",
  DNS_RECORD: "Hostname",
  SECRET: "Secret with its passwords",
  VOLUME: "Volume",
  KEY: "Access keys",
  DATA_SET: "Data",
};

export function Ended({ instanceId, seen }) {
  const owner = may("own");
  const { data: receipt, problem } = useLive(
    async ({ signal }) => (owner ? (await call("GET", `/instances/${instanceId}/receipt`, { signal })).receipt : null),
    // It is written when all is removed: a moment after the instance is gone.
    { every: (found, wrong) => (seen && wrong?.status === 404 ? 1 : Infinity), deps: [instanceId] },
  );
  if (receipt) return html`<${Receipt} receipt=${receipt} />`;
  if (owner && !problem) return html`<${Loading} what="Reading the receipt" />`;
  if (problem && problem.status !== 404) return html`<${ProblemNote} problem=${problem} />`;
  return html`
    <section class="card section">
      <${Heading} level=${2}>${seen ? "It is gone" : "There is no such instance"}<//>
      <p>
        ${seen ? "All that it had was removed. " : "It is not there, not any more, or of another organization. "}
        ${!owner && "For a day after a deletion its receipt says what was removed, to who has the role owner."}
      </p>
      <div class="actions"><a class="button" href=${href("/instances")}>To the instances</a></div>
    </section>
  `;
}

function Receipt({ receipt }) {
  const { requestedBy, finalBackup, backups } = receipt;
  return html`
    <section class="card section">
      <${Heading} level=${2}>Receipt of its deletion<//>
      <dl class="facts">
        <div><dt>Name</dt><dd>${receipt.name}</dd></div>
        <div><dt>Removed</dt><dd><${Time} at=${receipt.removedAt} absolute /></dd></div>
        <div><dt>Took</dt><dd>${duration(receipt.durationSeconds)}</dd></div>
        <div><dt>Asked for by</dt><dd>${requestedBy ? `${requestedBy.role}${requestedBy.keyId ? `, ${requestedBy.keyId}` : ""}` : "not known"}</dd></div>
        <div><dt>Last backup</dt><dd>${lastBackup(finalBackup)}</dd></div>
        <div><dt>Shown until</dt><dd><${Time} at=${receipt.expiresAt} absolute /></dd></div>
      </dl>
      <${Table}
        label="What was removed"
        columns=${["What was removed", { words: "How many", end: true }, "Names"]}
        rows=${receipt.removed.map(({ kind, count: many, names }) => ({ key: kind, cells: [KINDS[kind] ?? kind, many, names?.join(", ") ?? "–"] }))}
      />
      ${receipt.complete
        ? html`<p class="good-text"><${Icon} name="check" />Complete: nothing of it is left.</p>`
        : html`<${Note} tone="warn"><p>A first attempt failed half way and a second one finished: what the first one removed is not in these counts.</p><//>`}
      <p>${backups.count ? `${count(backups.count, "backup")} of it ${backups.count === 1 ? "is" : "are"} kept, ${bytes(backups.sizeBytes)}.` : "No backup of it is kept."}</p>
      <${AsCommand} method="GET" path="/instances/${receipt.instanceId}/receipt" />
    </section>
    ${backups.count > 0 && html`<section class="section"><h2>Its backups</h2><${BackupList} instanceId=${receipt.instanceId} gone /></section>`}
  `;
}

function lastBackup(finalBackup) {
  if (!finalBackup) return "none was asked for";
  return finalBackup.backupId && !finalBackup.error ? html`<code>${finalBackup.backupId}</code>` : `failed: ${finalBackup.error?.message}`;
}
