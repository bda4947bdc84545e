// When the service may replace an instance's task by itself.
import { html } from "../html.js";
import { SelectField, TextField } from "../parts/forms.js";

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const DAILY = "daily";
const named = (day) => day[0].toUpperCase() + day.slice(1);
const OPTIONS = [["", "A night that the service chooses"], [DAILY, "Every day"], ...DAYS.map((day) => [day, `Each ${named(day)}`])];

/** "each Sunday from 03:00 UTC, for 4 h" */
export const whenMaintained = ({ day, at, hours }) => `${day ? `each ${named(day)}` : "each day"} from ${at} UTC, for ${hours} h`;

/** `value` is the API's maintenanceWindow, or null for the one that the service chooses. */
export function WindowField({ value, onInput, problem }) {
  const change = (part) => onInput({ day: null, at: "03:00", hours: 4, ...value, ...part });
  const wrong = (field) => problem?.at(`/maintenanceWindow/${field}`);
  return html`
    <div class="fields">
      <${SelectField}
        label="Maintenance window"
        hint="Its task is replaced in it when an image, a certificate or the machine beneath has to be renewed."
        value=${value ? (value.day ?? DAILY) : ""}
        options=${OPTIONS}
        error=${problem?.at("/maintenanceWindow") ?? wrong("day")}
        onInput=${(day) => (day ? change({ day: day === DAILY ? null : day }) : onInput(null))}
      />
      ${value && html`<${TextField} label="Opens at (UTC)" type="time" required value=${value.at} onInput=${(at) => change({ at })} error=${wrong("at")} />`}
      ${value &&
      html`<${TextField} label="For hours" type="number" min="1" max="24" required value=${String(value.hours)} onInput=${(hours) => change({ hours: Number(hours) })} error=${wrong("hours")} />`}
    </div>
  `;
}
