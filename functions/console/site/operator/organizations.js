// All organizations.
import { all } from "../api.js";
import { bytes, count, number } from "../format.js";
import { html, useMemo } from "../html.js";
import { useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { SelectField, TextField } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { Icon } from "../parts/icons.js";
import { Loading, ProblemNote } from "../parts/problem.js";
import { Badge } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Time } from "../parts/time.js";
import { href, setQuery } from "../router.js";
import { session } from "../session.js";
import { OrganizationStatus } from "./organization_status.js";

const STATUSES = { "": "All", ACTIVE: "Active", SUSPENDED: "Suspended", DELETING: "Deleting" };

/** How many are asked for at a time, and the seconds between two readings of all. */
const PAGE = 100;
const WHOLE = 30;

export default function Organizations({ query }) {
  const { data, problem, again } = useLive(
    ({ signal, before, show }) => all("/organizations", "organizations", { query: { limit: PAGE }, signal, each: (part, last) => !before && !last && show([...part]) }),
    { every: WHOLE },
  );
  return html`
    <section class="section">
      <div class="section-head">
        <${Heading} level=${2}>Organizations<//>
        <a class="button primary" href=${href("/operator/organizations/new")}><${Icon} name="plus" />Create organization</a>
      </div>
      <${ProblemNote} problem=${problem} again=${again} what="The organizations could not be read" />
      ${!data && !problem && html`<${Loading} lines=${5} what="Reading the organizations" />`}
      ${data && html`<${List} organizations=${data} query=${query} />`}
      <${AsCommand} method="GET" path="/organizations" query=${{ limit: PAGE }} />
    </section>
  `;
}

function List({ organizations, query }) {
  const search = (query.get("q") ?? "").trim().toLowerCase();
  const status = query.get("status") ?? "";
  const shown = useMemo(() => {
    const wanted = organizations.filter((one) => (!status || one.status === status) && isFound(one, search));
    return wanted.sort((one, other) => one.name.localeCompare(other.name));
  }, [organizations, search, status]);
  return html`
    <div class="filters two-filters" role="search" aria-label="Organizations">
      <${TextField} label="Search" type="search" placeholder="Name or id" value=${query.get("q") ?? ""} onInput=${(q) => setQuery({ q })} />
      <${SelectField} label="Status" value=${status} onInput=${(next) => setQuery({ status: next })} options=${Object.entries(STATUSES)} />
    </div>
    <p class="hidden" role="status">${count(shown.length, "organization")} shown</p>
    ${shown.length === 0
      ? html`<div class="card empty"><p>No organization fits.</p><button type="button" class="button small" onClick=${() => setQuery({ q: "", status: "" })}>Show all ${organizations.length}</button></div>`
      : html`<${OrganizationTable} organizations=${shown} />`}
  `;
}

const isFound = ({ name, id }, search) => [name, id].some((text) => text.toLowerCase().includes(search));

function OrganizationTable({ organizations }) {
  const rows = organizations.map(({ id, name, status, limits, createdAt }) => ({
    key: id,
    cells: [
      html`
        <a href=${href(`/operator/organizations/${id}`)}>${name}</a>${id === session.get().who.organizationId && html` <${Badge} tone="info">yours<//>`}<br />
        <code class="faint">${id}</code>
      `,
      html`<${OrganizationStatus} status=${status} />`,
      `up to ${number(limits.instances)}`,
      `up to ${bytes(limits.memory)}`,
      `up to ${number(limits.backups)}`,
      html`<${Time} at=${createdAt} />`,
    ],
  }));
  return html`<${Table} label="Organizations" columns=${["Name", "Status", "Instances", "Memory", "Backups", "Created"]} rows=${rows} />`;
}
