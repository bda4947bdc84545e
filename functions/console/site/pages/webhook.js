// One webhook: whether it works, what it was sent, and changing it.
import { call } from "../api.js";
import { html, useState } from "../html.js";
import { useAction, useLive } from "../live.js";
import { Deliveries } from "../organization/deliveries.js";
import { WebhookFields } from "../organization/webhook_fields.js";
import { State } from "../organization/webhooks.js";
import { AsCommand } from "../parts/as_command.js";
import { Dialog } from "../parts/dialog.js";
import { submitted, Toggle } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { Icon } from "../parts/icons.js";
import { say } from "../parts/notices.js";
import { OneTime } from "../parts/one_time.js";
import { Loading, ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { href, navigate } from "../router.js";
import { session } from "../session.js";

const LIST = "/organization/webhooks";

export default function Webhook({ webhookId }) {
  const path = `/organizations/${session.get().who.organizationId}/webhooks/${webhookId}`;
  const { data, problem, again } = useLive(async ({ signal }) => (await call("GET", path, { signal })).webhook, {
    every: (_, wrong) => (wrong?.status === 404 ? Infinity : 10),
    deps: [path],
  });
  const gone = problem?.status === 404;
  const name = data ? data.description || new URL(data.url).host : "Webhook";
  return html`
    <div class="page">
      <div>
        <a class="back" href=${href(LIST)}><${Icon} name="back" />Webhooks</a>
        <div class="page-head">
          <${Heading} title=${name}>${gone ? "There is no such webhook" : name}<//>
          ${data && !gone && html`<${State} webhook=${data} />`}
        </div>
        ${data && !gone && html`<p class="faint"><code>${data.url}</code></p>`}
      </div>
      ${!data && !problem && html`<${Loading} lines=${4} what="Reading the webhook" />`}
      ${gone ? html`<p>It was deleted, or the link is wrong.</p>` : html`<${ProblemNote} problem=${problem} again=${again} what="The webhook could not be read" />`}
      <${OneTime} place=${webhookId} what="secret">
        signs what is sent with this secret. Whoever receives it verifies with it that a message is ours. If it is lost, create another webhook.
      <//>
      ${data &&
      !gone &&
      html`
        <${Deliveries} path=${path} enabled=${data.enabled} />
        <${Edit} path=${path} webhook=${data} />
        <${Delete} path=${path} name=${name} />
      `}
    </div>
  `;
}

function Edit({ path, webhook }) {
  // Only what somebody has changed: others may change the rest meanwhile.
  const [draft, setDraft] = useState({});
  const values = { url: webhook.url, events: webhook.events, enabled: webhook.enabled, ...draft };
  const body = Object.fromEntries(Object.entries(draft).filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(webhook[field])));
  const dirty = Object.keys(body).length > 0;
  const change = useAction(() => call("PATCH", path, { body }));
  const send = async () => {
    if (!(await change.run())) return;
    setDraft({});
    say("The webhook is changed");
  };
  return html`
    <section class="card section" aria-labelledby="edit">
      <h2 id="edit">Settings</h2>
      <${Allowed} permission="manage" what="change a webhook">
        <form class="form" onSubmit=${submitted(send)}>
          <${Toggle} label="Enabled" hint="While it is off, what happens is not sent, and not kept for later." value=${values.enabled} onInput=${(enabled) => setDraft({ ...draft, enabled })} error=${change.problem?.at("/enabled")} />
          <${WebhookFields} values=${values} onInput=${({ url, events }) => setDraft({ ...draft, url, events })} problem=${change.problem} />
          <${ProblemNote} problem=${change.problem} what="Nothing was changed" />
          <div class="actions">
            <button class="button primary" disabled=${!dirty || change.busy || values.events.length === 0}>${change.busy ? "Applying…" : "Apply"}</button>
            ${dirty && html`<button type="button" class="button" onClick=${() => setDraft({})}>Forget it</button>`}
          </div>
          ${dirty && html`<${AsCommand} method="PATCH" path=${path} body=${body} />`}
        </form>
      <//>
    </section>
  `;
}

function Delete({ path, name }) {
  const [open, setOpen] = useState(false);
  const remove = useAction(() => call("DELETE", path));
  const send = async () => {
    if (!(await remove.run())) return;
    say(`${name} is deleted`);
    navigate(LIST);
  };
  const close = () => setOpen(false);
  return html`
    <section class="card section danger-zone" aria-labelledby="delete">
      <h2 id="delete">Delete this webhook</h2>
      <p>Its secret is erased, and what is on its way is cancelled. For a new secret, create a new webhook first.</p>
      <${Allowed} permission="manage" what="delete a webhook">
        <div class="actions"><button type="button" class="button danger" onClick=${() => setOpen(true)}>Delete…</button></div>
      <//>
      ${open &&
      html`
        <${Dialog} title="Delete ${name}?" onClose=${close}>
          <p>Nothing is sent to it any more.</p>
          <${ProblemNote} problem=${remove.problem} what="It was not deleted" />
          <div class="actions">
            <button type="button" class="button danger primary" disabled=${remove.busy} onClick=${send}>Delete the webhook</button>
            <button type="button" class="button" onClick=${close}>Keep it</button>
          </div>
          <${AsCommand} method="DELETE" path=${path} />
        <//>
      `}
    </section>
  `;
}
