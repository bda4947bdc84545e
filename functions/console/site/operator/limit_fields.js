// The limits of an organization, in the units that one thinks in.
import { html } from "../html.js";
import { TextField } from "../parts/forms.js";

const GB = 1024 ** 3;

/** Limits as the fields have them, as texts: memory and the size of backups in GB. */
export const fieldsOf = ({ instances, memory, backups, backupBytes }) => ({
  instances: String(instances),
  memory: String(memory / GB),
  backups: String(backups),
  backupBytes: String(backupBytes / GB),
});

/** What an organization gets unless somebody says otherwise. */
export const STANDARD = fieldsOf({ instances: 1000, memory: 1024 * GB, backups: 1000, backupBytes: 1024 * GB });

/** The limits as the API takes them. */
export const limitsOf = (fields) => ({
  instances: Number(fields.instances),
  memory: Math.round(Number(fields.memory) * GB),
  backups: Number(fields.backups),
  backupBytes: Math.round(Number(fields.backupBytes) * GB),
});

const FIELDS = [
  ["instances", "Instances", "1"],
  ["memory", "Memory of instances, in GB", "any"],
  ["backups", "Backups", "1"],
  ["backupBytes", "Size of backups, in GB", "any"],
];

export const LimitFields = ({ values, onInput, problem }) => html`
  <div class="fields">
    ${FIELDS.map(
      ([name, label, step]) => html`
        <${TextField} key=${name} label=${label} type="number" min="0" step=${step} required value=${values[name]} onInput=${(value) => onInput({ ...values, [name]: value })} error=${problem?.at?.(`/limits/${name}`)} />
      `,
    )}
  </div>
`;
