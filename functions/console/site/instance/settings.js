// What can be changed while it runs, with the plan first; replacing its task; and its deletion.
import { call } from "../api.js";
import { html, useEffect, useState } from "../html.js";
import { MemoryField, PolicyField, RecoverField, ScheduleField } from "../instances/fields.js";
import { AdvancedFields, LifeFields, useDraft } from "../instances/form.js";
import { InForce, NetworksField } from "../instances/networks_field.js";
import { WindowField } from "../instances/window_field.js";
import { useAction } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { submitted, TextField, Toggle } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { say } from "../parts/notices.js";
import { ProblemNote } from "../parts/problem.js";
import { Plan } from "../parts/plan.js";
import { Allowed } from "../parts/role.js";
import { DangerZone } from "./danger_zone.js";
import { Replacement } from "./replace.js";

const FIELDS = ["name", "maxMemory", "evictionPolicy", "deletionProtection", "expiresAt", "backupSchedule", "recoverFromBackup", "maintenanceWindow", "allowedCidrs", "notifyKeyspaceEvents"];
/** As somebody types, the plan is asked for when they pause. */
const PAUSE = 350;

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export default function Settings({ instance }) {
  // Only what somebody has changed: the rest follows the instance, which others may change too.
  const { draft, add, set, forget } = useDraft();
  const values = { ...instance, ...draft };
  const body = Object.fromEntries(FIELDS.filter((field) => field in draft && !same(draft[field], instance[field])).map((field) => [field, draft[field]]));
  if (Object.keys(draft.settings ?? {}).length > 0) body.settings = draft.settings;
  if (Object.keys(body).length > 0 && draft.allowEviction) body.allowEviction = true;
  const dirty = Object.keys(body).length > 0;

  const path = `/instances/${instance.id}`;
  const { plan, problem: unplanned } = usePlan(path, dirty ? body : null);
  const change = useAction(() => call("PATCH", path, { body }));
  const send = async () => {
    const done = await change.run();
    if (!done) return;
    forget();
    say(done.instance.change?.status === "IN_PROGRESS" ? "The change has begun" : "Changed");
  };
  const problem = change.problem ?? unplanned;
  const wrong = (field) => problem?.at?.(`/${field}`);

  return html`
    <${Allowed} permission="use" what="change an instance">
      <form class="with-aside" onSubmit=${submitted(send)}>
        <div class="form">
          <section class="card form">
            <${Heading} level=${2}>Settings<//>
            <${TextField} label="Name" required maxlength="64" value=${values.name} onInput=${set("name")} error=${wrong("name")} />
            <${MemoryField} value=${values.maxMemory} onInput=${set("maxMemory")} error=${wrong("maxMemory")} />
            <${PolicyField} value=${values.evictionPolicy} onInput=${set("evictionPolicy")} error=${wrong("evictionPolicy")} />
          </section>
          <section class="card form" aria-labelledby="keeping">
            <h2 id="keeping">Keeping and losing</h2>
            <${ScheduleField} value=${values.backupSchedule} onInput=${set("backupSchedule")} problem=${problem?.at ? problem : null} />
            <${RecoverField} value=${values.recoverFromBackup} onInput=${set("recoverFromBackup")} error=${wrong("recoverFromBackup")} disabled=${instance.persistence} />
            <${WindowField} value=${values.maintenanceWindow} onInput=${set("maintenanceWindow")} problem=${problem?.at ? problem : null} />
            <${LifeFields} values=${values} add=${add} wrong=${wrong} />
          </section>
          ${instance.allowedCidrs &&
          html`
            <section class="card form" aria-labelledby="reached">
              <div class="section-head"><h2 id="reached">Who reaches it</h2><${InForce} instance=${instance} /></div>
              <${NetworksField} value=${values.allowedCidrs} onInput=${set("allowedCidrs")} problem=${problem} hint="IPv4 networks, one a line. They are changed in place, within seconds; connections from elsewhere are closed then." />
            </section>
          `}
          <${AdvancedFields} values=${values} chosen=${draft.settings ?? {}} present=${instance.settings} set=${set} problem=${problem?.at ? problem : null} />
        </div>
        <aside class="aside" aria-label="What the change would do">
          <div class="card form">
            <h2>The plan</h2>
            ${!dirty && html`<p class="faint">Change something, and this says what it would do: its pause, whether the data fit, and what it costs.</p>`}
            ${dirty && plan && html`<${Plan} plan=${plan} />`}
            ${dirty && plan?.evictionNeeded && html`<${Toggle} label="Let go of data that do not fit" hint="The eviction policy chooses which." value=${draft.allowEviction ?? false} onInput=${set("allowEviction")} />`}
            <${ProblemNote} problem=${problem} what=${change.problem ? "Nothing was changed" : "This cannot be planned"} />
            <div class="actions">
              <button class="button primary" disabled=${!dirty || change.busy}>${change.busy ? "Applying…" : "Apply"}</button>
              ${dirty && html`<button type="button" class="button" onClick=${forget}>Forget it</button>`}
            </div>
            ${dirty && html`<${AsCommand} method="PATCH" path=${path} body=${body} />`}
          </div>
        </aside>
      </form>
    <//>
    <${Replacement} instance=${instance} />
    <${DangerZone} instance=${instance} />
  `;
}

/** What the change would do, as it would be now. */
function usePlan(path, body) {
  const asked = JSON.stringify(body);
  const [state, setState] = useState({});
  useEffect(() => {
    if (!body) return setState({});
    const ends = new AbortController();
    const timer = setTimeout(async () => {
      try {
        setState({ plan: (await call("POST", `${path}/plan`, { body: JSON.parse(asked), signal: ends.signal })).plan });
      } catch (problem) {
        if (!ends.signal.aborted) setState({ problem });
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      ends.abort();
    };
  }, [path, asked]);
  return state;
}
