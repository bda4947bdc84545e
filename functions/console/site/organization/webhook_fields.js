// The fields of a webhook: where to, and which events.
import { html } from "../html.js";
import { Choice, TextField } from "../parts/forms.js";
import { ACTIONS, STATUS_CHANGED, words } from "./actions.js";

const GROUPS = { ...ACTIONS, Instances: [STATUS_CHANGED, ...ACTIONS.Instances] };
const ALL = "*";

/** `values` are `{ url, events, description }`; `describable`: the description can still be given. */
export function WebhookFields({ values, onInput, problem, describable = false }) {
  const set = (field) => (value) => onInput({ ...values, [field]: value });
  const all = values.events.includes(ALL);
  const wrong = (field) => problem?.at?.(`/${field}`);
  return html`
    <div class="fields">
      <${TextField} label="URL" type="url" required maxlength="2048" placeholder="https://hooks.example.com/swiftcache" value=${values.url} onInput=${set("url")} error=${wrong("url")} hint="On port 443, or from 1024 on, and with public addresses alone." />
      ${describable && html`<${TextField} label="Description" optional maxlength="200" placeholder="what it is for" value=${values.description} onInput=${set("description")} error=${wrong("description")} />`}
    </div>
    <${Choice} label="Events" value=${all ? "all" : "some"} onInput=${(kind) => set("events")(kind === "all" ? [ALL] : [STATUS_CHANGED])} options=${[["all", "All that there are and will be"], ["some", "These"]]} />
    ${!all && html`<${Events} chosen=${values.events} onInput=${set("events")} />`}
    ${wrong("events") && html`<p class="error">${wrong("events")}</p>`}
  `;
}

function Events({ chosen, onInput }) {
  const toggle = (type) => onInput(chosen.includes(type) ? chosen.filter((one) => one !== type) : [...chosen, type]);
  return html`
    <div class="event-types">
      ${Object.entries(GROUPS).map(
        ([group, types]) => html`
          <fieldset key=${group}>
            <legend>${group}</legend>
            ${types.map((type) => html`<label key=${type}><input type="checkbox" checked=${chosen.includes(type)} onChange=${() => toggle(type)} /><span title=${type}>${words(type)}</span></label>`)}
          </fieldset>
        `,
      )}
    </div>
    ${chosen.length === 0 && html`<p class="error">Choose at least one.</p>`}
  `;
}
