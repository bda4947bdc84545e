// Which entries of the audit log are shown: in the address, so that a link leads to the same ones.
import { html } from "../html.js";
import { SelectField, TextField } from "../parts/forms.js";
import { setQuery } from "../router.js";
import { ACTIONS, words } from "./actions.js";

const HOUR = 3_600_000;
const TIMES = [
  ["", "Any time"],
  ["1h", "The last hour"],
  ["24h", "The last 24 hours"],
  ["7d", "The last 7 days"],
  ["30d", "The last 30 days"],
  ["between", "Between…"],
];
const BACK = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 };

/** What the API is asked for, by the address. A time back is to the minute, so that it stays the same question for one. */
export function questionOf(query) {
  const when = query.get("when") ?? "";
  const target = (query.get("target") ?? "").trim();
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  const since = BACK[when] ? new Date(minute - BACK[when] * HOUR).toISOString() : when === "between" ? moment(query.get("since")) : undefined;
  return {
    action: query.get("action") || undefined,
    memberId: query.get("member") || undefined,
    // Of an instance, what happened to its keys too.
    ...(target.startsWith("inst_") ? { instanceId: target } : { targetId: target || undefined }),
    since,
    until: when === "between" ? moment(query.get("until")) : undefined,
  };
}

/** A moment in the reader's zone, as datetime-local has it, for the API. */
function moment(text) {
  const at = new Date(text ?? "");
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

export function Filters({ query, members }) {
  const value = (name) => query.get(name) ?? "";
  const set = (name) => (given) => setQuery({ [name]: given });
  const when = value("when");
  // A member who is gone is still somebody to ask for.
  const known = members.some(({ id }) => id === value("member")) || !value("member");
  return html`
    <div class="audit-filters" role="search" aria-label="Audit log">
      <${SelectGroups} label="What" value=${value("action")} onInput=${set("action")} />
      <${SelectField}
        label="Who"
        value=${value("member")}
        onInput=${set("member")}
        options=${[["", "Anybody"], ...members.map(({ id, name }) => [id, name]), ...(known ? [] : [[value("member"), value("member")]])]}
      />
      <${TextField} label="Target" type="search" placeholder="The id of what was changed" value=${value("target")} onInput=${set("target")} />
      <${SelectField} label="When" value=${when} onInput=${(next) => setQuery({ when: next, since: "", until: "" })} options=${TIMES} />
      ${when === "between" &&
      html`
        <${TextField} label="From" type="datetime-local" value=${value("since")} onInput=${set("since")} />
        <${TextField} label="To" type="datetime-local" value=${value("until")} onInput=${set("until")} />
      `}
    </div>
  `;
}

function SelectGroups({ label, value, onInput }) {
  return html`
    <div class="field">
      <label for="audit-action">${label}</label>
      <select id="audit-action" value=${value} onChange=${(event) => onInput(event.target.value)}>
        <option value="" selected=${!value}>Anything</option>
        ${Object.entries(ACTIONS).map(
          ([group, actions]) => html`
            <optgroup label=${group} key=${group}>
              ${actions.map((action) => html`<option value=${action} selected=${action === value}>${words(action)}</option>`)}
            </optgroup>
          `,
        )}
      </select>
    </div>
  `;
}
