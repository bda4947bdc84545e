// One's own organization, by sections.
import { call } from "../api.js";
import { html } from "../html.js";
import { useLive } from "../live.js";
import { Heading } from "../parts/heading.js";
import { OneTime } from "../parts/one_time.js";
import { Loading, ProblemNote } from "../parts/problem.js";
import { Sections } from "../parts/sections.js";
import { session } from "../session.js";

const SECTIONS = {
  "": ["Overview", () => import("../organization/overview.js")],
  members: ["Members", () => import("../organization/members.js")],
  keys: ["Account keys", () => import("../organization/account_keys.js")],
  webhooks: ["Webhooks", () => import("../organization/webhooks.js")],
  audit: ["Audit log", () => import("../organization/audit.js")],
};

export default function Organization({ section = "", query }) {
  const { organizationId: id } = session.get().who;
  const { data, problem, again } = useLive(async ({ signal }) => (await call("GET", `/organizations/${id}`, { signal })).organization, { every: 30, deps: [id] });
  const name = data?.name ?? session.get().who.organizationName;
  return html`
    <div class="page">
      <${Heading} title="Organization">${name}<//>
      <${ProblemNote} problem=${problem} again=${again} what="The organization could not be read" />
      ${!data && !problem && html`<${Loading} lines=${4} what="Reading the organization" />`}
      <${OneTime} place=${id}>opens the API with all that its role may. We keep its hash alone, so nobody can show it again. If it is lost, revoke it and make another one.<//>
      ${data && html`<${Sections} label="Sections of the organization" base="/organization" sections=${SECTIONS} section=${section} organization=${{ id, own: true, found: data }} query=${query} />`}
    </div>
  `;
}
