// Where the organization's events are sent.
import { call } from "../api.js";
import { count } from "../format.js";
import { html, useState } from "../html.js";
import { useAction, useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { submitted } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { say } from "../parts/notices.js";
import { keep } from "../parts/one_time.js";
import { Loading, ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { Badge } from "../parts/status.js";
import { Time } from "../parts/time.js";
import { href, navigate } from "../router.js";
import { words } from "./actions.js";
import { WebhookFields } from "./webhook_fields.js";

export default function Webhooks({ organization }) {
  const path = `/organizations/${organization.id}/webhooks`;
  const { data, problem, again } = useLive(async ({ signal }) => (await call("GET", path, { signal })).webhooks, { every: 15, deps: [path] });
  return html`
    <section class="section">
      <${Heading} level=${2}>Webhooks<//>
      <p>A webhook sends events to a URL of yours as they happen, signed, and again for seven hours until it is answered with 2xx.</p>
      <${ProblemNote} problem=${problem} again=${again} what="The webhooks could not be read" />
      ${!data && !problem && html`<${Loading} what="Reading the webhooks" />`}
      ${data?.length === 0 && html`<${Welcome} />`}
      ${data?.map((webhook) => html`<${Summary} key=${webhook.id} webhook=${webhook} />`)}
    </section>
    <${Create} path=${path} />
  `;
}

const Welcome = () => html`
  <div class="card welcome">
    <h3>Hear of it instead of asking</h3>
    <ol class="steps">
      <li><h3>Give a URL</h3><p>Public, with https. Choose which events, or all.</p></li>
      <li><h3>Keep its secret</h3><p>It is shown once, and verifies that a message is ours: Standard Webhooks, one line with their libraries.</p></li>
      <li><h3>Send a test</h3><p>Its delivery log shows each attempt, its status and what went wrong.</p></li>
    </ol>
  </div>
`;

export function State({ webhook }) {
  if (webhook.enabled) return html`<${Badge} tone="good">Enabled<//>`;
  return html`<${Badge} tone="warn">${webhook.disabledReason === "GONE" ? "Disabled: the receiver said 410 Gone" : "Disabled"}<//>`;
}

function Summary({ webhook }) {
  const { id, url, description, events, createdAt } = webhook;
  return html`
    <article class="card webhook">
      <div class="section-head">
        <h3><a href=${href(`/organization/webhooks/${id}`)}>${description || new URL(url).host}</a></h3>
        <${State} webhook=${webhook} />
      </div>
      <p><code>${url}</code></p>
      <p class="faint">${events.includes("*") ? "All events" : events.length > 3 ? count(events.length, "type of event", "types of events") : events.map(words).join(", ")} · created <${Time} at=${createdAt} /></p>
    </article>
  `;
}

function Create({ path }) {
  const [values, setValues] = useState({ url: "", description: "", events: ["*"] });
  const { url, description, events } = values;
  const body = { url, events, ...(description && { description }) };
  const create = useAction(() => call("POST", path, { body }));
  const send = async () => {
    const made = await create.run();
    if (!made) return;
    const { id } = made.webhook;
    keep(id, { id, name: description || new URL(url).host, text: made.signingSecret });
    say("The webhook is created");
    navigate(`/organization/webhooks/${id}`);
  };
  return html`
    <section class="card section" aria-labelledby="create-webhook">
      <h2 id="create-webhook">Create a webhook</h2>
      <${Allowed} permission="manage" what="create a webhook">
        <form class="form" onSubmit=${submitted(send)}>
          <${WebhookFields} values=${values} onInput=${setValues} problem=${create.problem} describable />
          <${ProblemNote} problem=${create.problem} what="It was not created" />
          <div class="actions"><button class="button primary" disabled=${create.busy || events.length === 0}>${create.busy ? "Creating…" : "Create webhook"}</button></div>
          <${AsCommand} method="POST" path=${path} body=${body} />
        </form>
      <//>
    </section>
  `;
}
