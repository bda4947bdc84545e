// For who runs the service: how all is, and whose it is.
import { html } from "../html.js";
import { Heading } from "../parts/heading.js";
import { Allowed } from "../parts/role.js";
import { Sections } from "../parts/sections.js";

const SECTIONS = {
  "": ["Fleet", () => import("../operator/fleet.js")],
  rollouts: ["Rollouts", () => import("../operator/rollouts.js")],
  organizations: ["Organizations", () => import("../operator/organizations.js")],
};

export default function Operator({ section = "", query }) {
  return html`
    <div class="page">
      <${Heading} title="Operator">Operator<//>
      <${Allowed} permission="operate" what="run the service">
        <${Sections} label="Sections for the operator" base="/operator" sections=${SECTIONS} section=${section} query=${query} />
      <//>
    </div>
  `;
}
