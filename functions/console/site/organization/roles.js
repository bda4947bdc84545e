// Roles in words, and which of them one may give.
import { html } from "../html.js";
import { SelectField } from "../parts/forms.js";
import { Badge } from "../parts/status.js";
import { outranks, ROLES, session } from "../session.js";

const MEANINGS = {
  viewer: "reads everything",
  developer: "creates and changes instances, takes backups",
  admin: "deletes instances; manages members, keys, webhooks",
  owner: "renames and deletes the organization, reads receipts",
  operator: "runs the service: creates and suspends organizations",
};

const TONES = { viewer: "plain", developer: "info", admin: "good", owner: "warn", operator: "bad" };

export const RoleBadge = ({ role }) => html`<${Badge} tone=${TONES[role]}>${role}<//>`;

/** The roles that whoever is signed in may give, as options; nobody gives a higher one than his own. */
function rolesToGive(organizationId) {
  const { who } = session.get();
  const own = who.organizationId === organizationId;
  return ROLES.filter((role) => !outranks(role, who.role) && (own || role !== "operator")).map((role) => [role, role]);
}

/** One of the roles that may be given, and what it means. */
export const RoleField = ({ organizationId, value, onInput, error }) => html`
  <${SelectField} label="Role" value=${value} onInput=${onInput} options=${rolesToGive(organizationId)} error=${error} hint="It ${MEANINGS[value]}." />
`;

/** Why whoever is signed in may not change what has this role; "" if they may. */
export function outOfReach(role) {
  const { who } = session.get();
  return outranks(role, who.role) ? `Your role ${who.role} is lower than ${role}` : "";
}

/** What each role may do, for who asks. */
export const RolesExplained = () => html`
  <details class="explained">
    <summary>What each role may do</summary>
    <dl>
      ${ROLES.map((role) => html`<div key=${role}><dt><${RoleBadge} role=${role} /></dt><dd>${MEANINGS[role]}</dd></div>`)}
    </dl>
    <p class="hint">Each may do all that those before it may. A key has the lower of its own role and its member's.</p>
  </details>
`;
