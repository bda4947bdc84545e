// The fields of an instance, for its creation and for its settings: the same words and the same choices in both.
import { bytes } from "../format.js";
import { html } from "../html.js";
import { Choice, Field, SelectField, TextField, Toggle } from "../parts/forms.js";

const MB = 1024 * 1024;
const GB = 1024 * MB;

/** Sizes that the slider stops at, in MB. */
const STOPS = [10, 25, 50, 100, 128, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096];

export const POLICIES = [
  ["allkeys-lru", "allkeys-lru: drops what was not used for longest"],
  ["allkeys-lfu", "allkeys-lfu: drops what is used least often"],
  ["allkeys-random", "allkeys-random: drops any key"],
  ["volatile-lru", "volatile-lru: the same as LRU, of keys with an expiry alone"],
  ["volatile-lfu", "volatile-lfu: the same as LFU, of keys with an expiry alone"],
  ["volatile-random", "volatile-random: any key with an expiry"],
  ["volatile-ttl", "volatile-ttl: the keys that expire soonest"],
  ["noeviction", "noeviction: drops nothing, and refuses writes"],
];

const INTERVALS = [
  ["", "None"],
  ["1h", "Every hour"],
  ["2h", "Every 2 hours"],
  ["3h", "Every 3 hours"],
  ["4h", "Every 4 hours"],
  ["6h", "Every 6 hours"],
  ["8h", "Every 8 hours"],
  ["12h", "Every 12 hours"],
  ["1d", "Every day"],
  ["2d", "Every 2 days"],
  ["3d", "Every 3 days"],
  ["4d", "Every 4 days"],
  ["5d", "Every 5 days"],
  ["6d", "Every 6 days"],
  ["7d", "Every week"],
];

/** Bytes, by a slider with usual sizes and by a number of megabytes. */
export function MemoryField({ value, onInput, error }) {
  const megabytes = value === null ? "" : String(value / MB);
  const stop = STOPS.findLastIndex((size) => size * MB <= (value ?? 0));
  const typed = (text) => onInput(text === "" ? null : Math.round(Number(text) * MB));
  return html`
    <${Field} label="Memory" error=${error} hint="From 10 MB to 4 GB, for data alone. It can be changed later, up and down, while it runs.">
      ${(tied) => html`
        <div class="memory-field">
          <input
            type="range"
            min="0"
            max=${STOPS.length - 1}
            value=${Math.max(0, stop)}
            aria-label="Usual sizes"
            aria-valuetext=${value === null ? "none" : bytes(value)}
            onInput=${(event) => onInput(STOPS[Number(event.target.value)] * MB)}
          />
          <span class="unit"><input ...${tied} type="number" min="10" max="4096" step="any" required value=${megabytes} onInput=${(event) => typed(event.target.value)} /><span>MB</span></span>
        </div>
        <div class="chips">
          ${[256 * MB, 512 * MB, GB, 2 * GB, 4 * GB].map(
            (size) => html`<button key=${size} type="button" class="chip" aria-pressed=${size === value ? "true" : "false"} onClick=${() => onInput(size)}>${bytes(size)}</button>`,
          )}
        </div>
      `}
    <//>
  `;
}

export const PolicyField = ({ value, onInput, error }) => html`
  <${SelectField} label="When memory is full" hint="Redis's eviction policy" value=${value} onInput=${onInput} error=${error} options=${POLICIES} />
`;

/** `value` is the API's backupSchedule, or null. */
export function ScheduleField({ value, onInput, problem }) {
  const every = value?.every ?? "";
  const change = (part) => onInput({ every: "1d", at: null, keep: 7, ...value, ...part });
  const daily = every.endsWith("d");
  return html`
    <div class="fields">
      <${SelectField}
        label="Backups by themselves"
        value=${every}
        options=${INTERVALS}
        error=${problem?.at("/backupSchedule") ?? problem?.at("/backupSchedule/every")}
        onInput=${(next) => (next ? change({ every: next, at: next.endsWith("d") ? (value?.at ?? "03:00") : null }) : onInput(null))}
      />
      ${daily &&
      html`<${TextField} label="At (UTC)" type="time" value=${value.at ?? ""} onInput=${(at) => change({ at: at || null })} error=${problem?.at("/backupSchedule/at")} />`}
      ${every &&
      html`<${TextField} label="Keep the last" type="number" min="1" value=${String(value.keep)} onInput=${(keep) => change({ keep: Number(keep) })} error=${problem?.at("/backupSchedule/keep")} />`}
    </div>
  `;
}

const HOUR = 3_600_000;
const LEASES = [
  ["", "Never"],
  ["1", "In an hour"],
  ["24", "In a day"],
  ["168", "In a week"],
  ["at", "At…"],
];

/** When it deletes itself: `value` is a moment of RFC 3339, or null. `kind` is which of the choices it came from. */
export function ExpiryField({ value, kind, onInput, error }) {
  const choose = (next) => {
    const hours = Number(next);
    if (hours) onInput(new Date(Date.now() + hours * HOUR).toISOString(), next);
    else onInput(next === "at" ? value : null, next);
  };
  return html`
    <div class="field">
      <${Choice} label="Deletes itself" hint="A lease, for previews and tests." value=${kind} onInput=${choose} options=${LEASES} />
      ${kind === "at" &&
      html`<${TextField} label="Moment, in your zone" type="datetime-local" value=${localMoment(value)} onInput=${(text) => onInput(text ? new Date(text).toISOString() : null, "at")} />`}
      ${error && html`<p class="error">${error}</p>`}
    </div>
  `;
}

/** A moment as datetime-local has it: in the reader's zone, to the minute. */
function localMoment(value) {
  if (!value) return "";
  const at = new Date(value);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export const ProtectionField = ({ value, onInput, error, disabled }) => html`
  <${Toggle} label="Protect from deletion" hint="A deletion is refused until somebody with the role admin turns this off." value=${value} onInput=${onInput} error=${error} disabled=${disabled} />
`;

export const RecoverField = ({ value, onInput, error, disabled }) => html`
  <${Toggle}
    label="After a death, begin with the latest backup"
    hint="When its Redis dies, the next one loads the latest backup instead of beginning empty. For instances without a volume."
    value=${value}
    onInput=${onInput}
    error=${error}
    disabled=${disabled}
  />
`;
