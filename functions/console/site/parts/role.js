// What a role may not do is not offered, and the page says why.
import { html } from "../html.js";
import { leastRole, may, session } from "../session.js";
import { useStore } from "../store.js";
import { Icon } from "./icons.js";

/** Shows what is inside to those who have the permission, and to others the reason. `what` ends "To …": "add a key". */
export function Allowed({ permission, what, children }) {
  const { who } = useStore(session);
  if (may(permission)) return children;
  return html`
    <p class="not-allowed"><${Icon} name="shield" />To ${what} needs the role ${leastRole(permission)}; yours is ${who?.role}.</p>
  `;
}
