// A new instance: what one chooses on the left; what it costs and what would be sent on the right.
import { call } from "../api.js";
import { bytes, count, duration, money } from "../format.js";
import { html, useEffect, useRef } from "../html.js";
import { EngineField } from "../instances/engine_field.js";
import { MemoryField, PolicyField, RecoverField, ScheduleField } from "../instances/fields.js";
import { AdvancedFields, LifeFields, useDraft } from "../instances/form.js";
import { NetworksField } from "../instances/networks_field.js";
import { keep } from "../instances/one_time_key.js";
import { usePrices } from "../instances/prices.js";
import { RestoreField, RestorePlan, useRestorePlan } from "../instances/restore.js";
import { WindowField } from "../instances/window_field.js";
import { useAction, useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { SelectField, submitted, TextField, Toggle } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { Icon } from "../parts/icons.js";
import { ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { href, navigate } from "../router.js";
import { session } from "../session.js";

const FIRST = {
  name: "",
  maxMemory: 512 * 1024 * 1024,
  region: "",
  evictionPolicy: "allkeys-lru",
  persistence: false,
  deletionProtection: false,
  expiresAt: null,
  backupSchedule: null,
  recoverFromBackup: false,
  maintenanceWindow: null,
  allowedCidrs: [],
  engine: null,
  restoreFrom: null,
  restoreKeys: false,
  notifyKeyspaceEvents: "",
  settings: {},
};

/** The body of the request: what is as usual is left out, and what a backup brings along, unless somebody has chosen it. */
function bodyOf(draft, organizationId) {
  const { name, maxMemory, region, lease, ...others } = { ...FIRST, ...draft };
  const unusual = (field) => JSON.stringify(others[field]) !== JSON.stringify(FIRST[field]);
  const said = Object.keys(others).filter((field) => unusual(field) || (draft.restoreFrom && field in draft && BROUGHT.includes(field)));
  return { organizationId, name, maxMemory, region, ...Object.fromEntries(said.map((field) => [field, others[field]])) };
}

/** What is as that of the backup's instance, where it is left out. */
const BROUGHT = ["evictionPolicy", "persistence"];

export default function Create({ query }) {
  const { draft, add, set } = useDraft({ restoreFrom: query.get("restoreFrom") });
  const { data: regions } = useLive(async () => (await call("GET", "/instances/regions")).regions, { every: Infinity });
  const { organizationId } = session.get().who;
  useEffect(() => {
    const first = regions?.find(({ available }) => available);
    if (first && !draft.region) set("region")(first.region);
  }, [regions]);

  const body = bodyOf(draft, organizationId);
  const { plan, problem: unplanned } = useRestorePlan(draft.region && draft.restoreFrom, body);
  const brought = plan && Object.fromEntries(BROUGHT.map((field) => [field, plan[field]]));
  const values = { ...FIRST, ...brought, ...draft };
  const create = useAction(() => call("POST", "/instances", { body }));
  const form = useRef(null);
  const send = async () => {
    const created = await create.run();
    if (!created) return;
    keep(created.instance.id, created.createdDefaultKey);
    navigate(`/instances/${created.instance.id}`);
  };
  // What is wrong comes first to who uses a keyboard or cannot see the red.
  useEffect(() => {
    if (!create.problem) return;
    const place = form.current.querySelector('[aria-invalid="true"]') ?? form.current.querySelector('[role="alert"]');
    const folded = place.closest("details");
    if (folded) folded.open = true;
    place.focus();
  }, [create.problem]);
  const wrong = (field) => create.problem?.at(`/${field}`);

  return html`
    <div class="page">
      <div><a class="back" href=${href("/instances")}><${Icon} name="back" />Instances</a><${Heading} title="Create instance">Create an instance<//></div>
      <${Allowed} permission="use" what="create an instance">
        <form class="with-aside" ref=${form} onSubmit=${submitted(send)}>
          <div class="form">
            <${ProblemNote} problem=${create.problem} what="It was not created" />
            <section class="card form" aria-labelledby="basics">
              <h2 id="basics">What it is</h2>
              <${TextField} label="Name" required maxlength="64" placeholder="my-redis" value=${values.name} onInput=${set("name")} error=${wrong("name")} hint="Letters, digits, - _ and . Several may have the same." />
              <${MemoryField} value=${values.maxMemory} onInput=${set("maxMemory")} error=${wrong("maxMemory")} />
              <div class="fields">
                <${SelectField}
                  label="Region"
                  value=${values.region}
                  onInput=${set("region")}
                  error=${wrong("region")}
                  options=${(regions ?? []).filter(({ available }) => available).map(({ region, regionName, flag }) => [region, `${flag} ${regionName}`])}
                />
                <${EngineField} value=${values.engine} onInput=${set("engine")} usual=${values.restoreFrom && "That of the backup"} error=${wrong("engine")} />
                <${PolicyField} value=${values.evictionPolicy} onInput=${set("evictionPolicy")} error=${wrong("evictionPolicy")} />
              </div>
            </section>
            <section class="card form" aria-labelledby="data">
              <h2 id="data">Its data</h2>
              <${Toggle}
                label="Keep data on a volume"
                hint="They outlive Redis: what was acknowledged more than a second before a death is there again. It takes a larger task, and cannot be changed later."
                value=${values.persistence}
                onInput=${(on) => add({ persistence: on, recoverFromBackup: !on && values.recoverFromBackup })}
                error=${wrong("persistence")}
              />
              <${RecoverField} value=${values.recoverFromBackup} onInput=${set("recoverFromBackup")} error=${wrong("recoverFromBackup")} disabled=${values.persistence} />
              <${ScheduleField} value=${values.backupSchedule} onInput=${set("backupSchedule")} problem=${create.problem} />
              <${RestoreField} values=${values} set=${set} error=${wrong("restoreFrom")} />
            </section>
            <section class="card form" aria-labelledby="life">
              <h2 id="life">How long it lives</h2>
              <${WindowField} value=${values.maintenanceWindow} onInput=${set("maintenanceWindow")} problem=${create.problem} />
              <${LifeFields} values=${values} add=${add} wrong=${wrong} />
            </section>
            <${Reached} values=${values} set=${set} problem=${create.problem} />
            <${AdvancedFields} values=${values} chosen=${values.settings} set=${set} problem=${create.problem} />
          </div>
          <aside class="aside" aria-label="What it costs">
            <div class="card form">
              <${Price} values=${values} plan=${plan} />
              ${values.restoreFrom && html`<${RestorePlan} plan=${plan} problem=${unplanned} />`}
              <button class="button primary" disabled=${create.busy || !values.region}>${create.busy ? "Creating…" : "Create instance"}</button>
              <${AsCommand} method="POST" path="/instances" body=${body} />
            </div>
          </aside>
        </form>
      <//>
    </div>
  `;
}

/** Folded away: most networks are public, where it is refused. */
const Reached = ({ values, set, problem }) => html`
  <details class="card">
    <summary><h2 class="inline">Who reaches it</h2> <span class="faint">for private networks</span></summary>
    <div class="form advanced">
      <${NetworksField}
        value=${values.allowedCidrs}
        onInput=${set("allowedCidrs")}
        problem=${problem}
        hint="IPv4 networks, one a line. They reach it in place of the stack's clients; which ones can be changed later, whether there are any cannot. In a public network it is refused: leave it empty there."
      />
    </div>
  </details>
`;

function Price({ values, plan }) {
  const price = usePrices()?.(values.maxMemory ?? 0, values.persistence);
  return html`
    <div role="status">
      <p class="price">${price ? html`<b>${money(price.costMonthly)}</b> a month` : "–"}</p>
      <p class="hint">By AWS's list prices, without data transfer${values.persistence && ", with a full volume"}.</p>
    </div>
    <dl class="facts">
      <div><dt>Data</dt><dd>${values.maxMemory ? bytes(values.maxMemory) : "–"}</dd></div>
      <div><dt>Task</dt><dd>${price ? `${price.vcpu} vCPU, ${price.memoryGb} GB` : "–"}</dd></div>
      <div><dt>Usually ready</dt><dd>${plan ? `in ${duration(plan.expectedSeconds)}, with all keys` : "in 30 to 60 seconds"}</dd></div>
      <div><dt>Reached by</dt><dd>TLS and a key, from ${values.allowedCidrs.length ? count(values.allowedCidrs.length, "network") : "anywhere allowed"}</dd></div>
    </dl>
    ${!plan &&
    html`<p class="hint">
      That is what Fargate takes, by our model of it.${" "}${!values.persistence && !values.allowedCidrs.length && "If a member of the warm pool fits, it is a few seconds; nobody knows before. "}As soon as it is
      asked for, its page says how long the last ones really took.
    </p>`}
  `;
}
