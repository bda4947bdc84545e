// An instance that begins with a backup: which, and what the restore would do, before it is done.
import { call } from "../api.js";
import { bytes, count, moment } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { useLive } from "../live.js";
import { SelectField, Toggle } from "../parts/forms.js";
import { Note, ProblemNote } from "../parts/problem.js";
import { session } from "../session.js";

/** As somebody types, the plan is asked for when they pause. */
const PAUSE = 400;

export function RestoreField({ values, set, error }) {
  const { data: backups } = useLive(
    async ({ signal }) => (await call("GET", `/organizations/${session.get().who.organizationId}/backups`, { query: { limit: 100 }, signal })).backups,
    { every: Infinity },
  );
  const there = (backups ?? []).filter(({ status, id }) => status === "AVAILABLE" || id === values.restoreFrom);
  if (there.length === 0) return null;
  const options = [["", "Empty"], ...there.map((backup) => [backup.id, named(backup)])];
  return html`
    <${SelectField} label="Begins with" value=${values.restoreFrom ?? ""} onInput=${(id) => set("restoreFrom")(id || null)} options=${options} error=${error} hint="Empty, or with all keys of a backup." />
    ${values.restoreFrom &&
    html`<${Toggle} label="Take the access keys of the backup's instance too" hint="Programs that have one go on with it." value=${values.restoreKeys} onInput=${set("restoreKeys")} />`}
  `;
}

const named = ({ name, instanceName, createdAt, sizeBytes }) => `${name}${instanceName ? ` of ${instanceName}` : ""}, ${moment(createdAt)}, ${bytes(sizeBytes)}`;

/** What the restore would do, as it would be now, or why that is not known; nothing without a backup. */
export function useRestorePlan(backupId, body) {
  const { restoreFrom, ...fields } = body;
  const asked = JSON.stringify(backupId ? { ...fields, name: fields.name || undefined } : null);
  const [state, setState] = useState({});
  useEffect(() => {
    const ends = new AbortController();
    const timer = setTimeout(async () => {
      if (!backupId) return setState({});
      try {
        const { plan } = await call("POST", `/backups/${backupId}/plan`, { body: JSON.parse(asked), signal: ends.signal });
        setState({ plan });
      } catch (problem) {
        if (!ends.signal.aborted) setState({ problem });
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      ends.abort();
    };
  }, [backupId, asked]);
  return state;
}

export function RestorePlan({ plan, problem }) {
  if (problem) return html`<${ProblemNote} problem=${problem} what="The restore cannot be planned" />`;
  if (!plan) return null;
  return html`
    <div class="section" role="status">
      <h3>The restore</h3>
      <dl class="facts">
        <div><dt>Keys</dt><dd>${plan.keys === null ? "not known" : count(plan.keys, "key")}</dd></div>
        <div><dt>State of</dt><dd>${plan.takenAt ? moment(plan.takenAt) : "–"}</dd></div>
        <div><dt>Fits</dt><dd>${plan.memory.fits === null ? "not known" : plan.memory.fits ? "yes" : "no"}${plan.memory.needed !== null && html`, needs ${bytes(plan.memory.needed)}`}</dd></div>
        <div><dt>Access keys</dt><dd>${plan.restoresKeys ? count(plan.restoresKeys, "key") + " come back" : "a new one"}</dd></div>
      </dl>
      ${plan.blockedBy.map((one) => html`<${Note} key=${one.code} tone="bad" title="It would be refused"><p>${one.detail}</p><p class="faint">${one.code}</p><//>`)}
    </div>
  `;
}
