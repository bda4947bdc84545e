// What the forms of a creation and of a change have in common: what was typed so far, and the fields that are the same in both.
import { html, useState } from "../html.js";
import { TextField } from "../parts/forms.js";
import { ExpiryField, ProtectionField } from "./fields.js";
import { RedisSettings } from "./redis_settings.js";

/** What somebody has touched so far, by field; `lease` is which of the choices its expiry came from, and is not sent. */
export function useDraft(first = {}) {
  const [draft, setDraft] = useState(first);
  const add = (given) => setDraft((before) => ({ ...before, ...given }));
  return { draft, add, set: (field) => (value) => add({ [field]: value }), forget: () => setDraft({}) };
}

/** What keeps it from going, and when it goes by itself. */
export const LifeFields = ({ values, add, wrong }) => html`
  <${ProtectionField} value=${values.deletionProtection} onInput=${(on) => add({ deletionProtection: on })} error=${wrong("deletionProtection")} />
  <${ExpiryField}
    value=${values.expiresAt}
    kind=${values.lease ?? (values.expiresAt ? "at" : "")}
    error=${wrong("expiresAt")}
    onInput=${(expiresAt, lease) => add({ expiresAt, lease })}
  />
`;

/** Settings of Redis, folded away and not read before somebody looks. `chosen` has those that differ from `present`, or from what is usual. */
export function AdvancedFields({ values, chosen, present, set, problem }) {
  const [open, setOpen] = useState(false);
  return html`
    <details class="card" onToggle=${(event) => setOpen(event.target.open)}>
      <summary><h2 class="inline">Settings of Redis</h2> <span class="faint">for who knows them</span></summary>
      ${open &&
      html`
        <div class="form advanced">
          <${TextField}
            label="notify-keyspace-events"
            optional
            placeholder="such as Exg"
            maxlength="32"
            value=${values.notifyKeyspaceEvents}
            onInput=${set("notifyKeyspaceEvents")}
            error=${problem?.at("/notifyKeyspaceEvents")}
            hint="Redis's flags for keyspace notifications; empty: none are told"
          />
          <${RedisSettings} present=${present} value=${chosen} onInput=${set("settings")} problem=${problem} />
        </div>
      `}
    </details>
  `;
}
