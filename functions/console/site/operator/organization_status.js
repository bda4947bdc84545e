// How an organization is, in one word.
import { html } from "../html.js";
import { Badge } from "../parts/status.js";

const LOOKS = { ACTIVE: ["Active", "good"], SUSPENDED: ["Suspended", "warn"], DELETING: ["Deleting", "bad"] };

export function OrganizationStatus({ status }) {
  const [words, tone] = LOOKS[status];
  return html`<${Badge} tone=${tone}><span class=${status === "DELETING" ? "dot moving" : "dot"}></span>${words}<//>`;
}
