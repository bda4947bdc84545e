// Any organization, as who runs the service sees it: without its instances, backups and webhooks, which are its own affair.
import { call } from "../api.js";
import { html } from "../html.js";
import { useLive } from "../live.js";
import { OrganizationStatus } from "../operator/organization_status.js";
import { Heading } from "../parts/heading.js";
import { Icon } from "../parts/icons.js";
import { OneTime } from "../parts/one_time.js";
import { Loading, ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { Sections } from "../parts/sections.js";
import { href } from "../router.js";
import { session } from "../session.js";

const SECTIONS = {
  "": ["Overview", () => import("../organization/overview.js")],
  members: ["Members", () => import("../organization/members.js")],
  keys: ["Account keys", () => import("../organization/account_keys.js")],
  audit: ["Audit log", () => import("../organization/audit.js")],
};

const LIST = "/operator/organizations";

export default function OtherOrganization({ organizationId: id, section = "", query }) {
  return html`
    <div class="page">
      <${Allowed} permission="operate" what="see another organization"><${Shown} id=${id} section=${section} query=${query} /><//>
    </div>
  `;
}

function Shown({ id, section, query }) {
  const { data, problem, again } = useLive(async ({ signal }) => (await call("GET", `/organizations/${id}`, { signal })).organization, {
    every: (_, wrong) => (wrong?.status === 404 ? Infinity : 10),
    deps: [id],
  });
  const gone = problem?.status === 404;
  const name = data?.name ?? id;
  const own = id === session.get().who.organizationId;
  return html`
    <div>
      <a class="back" href=${href(LIST)}><${Icon} name="back" />Organizations</a>
      <div class="page-head">
        <${Heading} title=${name}>${gone && !data ? "There is no such organization" : name}<//>
        ${data && !gone && html`<${OrganizationStatus} status=${data.status} />`}
      </div>
    </div>
    ${gone ? html`<p>It is deleted with all that it had, or the link is wrong. Its audit log can be read for 90 days by the API.</p>` : html`<${ProblemNote} problem=${problem} again=${again} what="The organization could not be read" />`}
    ${!data && !problem && html`<${Loading} lines=${4} what="Reading the organization" />`}
    <${OneTime} place=${id}>opens the API for this organization. Give it to its owner: we keep its hash alone, so nobody can show it again.<//>
    ${data && !gone && html`<${Sections} label="Sections of ${name}" base="${LIST}/${id}" sections=${SECTIONS} section=${section} organization=${{ id, own, found: data }} query=${query} />`}
  `;
}
