// The audit log: who did what to what, when and from where.
import { call } from "../api.js";
import { count } from "../format.js";
import { html, useMemo } from "../html.js";
import { useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { CopyLine } from "../parts/copy.js";
import { Heading } from "../parts/heading.js";
import { Icon } from "../parts/icons.js";
import { useNewest } from "../parts/newest.js";
import { Loading, ProblemNote } from "../parts/problem.js";
import { Time } from "../parts/time.js";
import { href, setQuery } from "../router.js";
import { words } from "./actions.js";
import { Filters, questionOf } from "./audit_filters.js";
import { RoleBadge } from "./roles.js";

const NOTHING = { action: "", member: "", target: "", when: "", since: "", until: "" };

export default function Audit({ organization, query }) {
  const path = `/organizations/${organization.id}/audit`;
  const text = query.toString();
  const asked = useMemo(() => questionOf(query), [text]);
  const { data } = useLive(({ signal }) => call("GET", `/organizations/${organization.id}/members`, { signal }), { every: 60, deps: [organization.id] });
  const members = data?.members ?? [];
  const { items, problem, again, more, older } = useNewest(path, "entries", { query: asked, key: ({ id }) => id, every: 10 });
  const filtered = Object.keys(NOTHING).some((name) => query.get(name));
  const names = new Map(members.map(({ id, name }) => [id, name]));
  return html`
    <section class="section">
      <${Heading} level=${2}>Audit log<//>
      <p>Each entry was written together with the change that it tells of, and is kept for 90 days.</p>
      <${Filters} query=${query} members=${members} />
      <${ProblemNote} problem=${problem} again=${again} what="The audit log could not be read" />
      ${!items && !problem && html`<${Loading} lines=${6} what="Reading the audit log" />`}
      ${items && html`<p class="hidden" role="status">${count(items.length, "entry", "entries")} shown</p>`}
      ${items?.length === 0 && html`<${Nothing} filtered=${filtered} more=${more} />`}
      ${items?.length > 0 &&
      html`
        <div class="card flush entries">
          ${items.map((entry) => html`<${Entry} key=${entry.id} entry=${entry} names=${names} own=${organization.own} />`)}
        </div>
      `}
      <${ProblemNote} problem=${older.problem} what="No older entries could be read" />
      ${more && html`<div class="actions"><button type="button" class="button" disabled=${older.busy} onClick=${older.run}>${older.busy ? "Reading…" : "Load older entries"}</button></div>`}
      <${AsCommand} method="GET" path=${path} query=${{ ...asked, limit: 50 }} />
    </section>
  `;
}

function Nothing({ filtered, more }) {
  return html`
    <div class="card empty">
      <p>${more ? "Nothing of the kind among the newest thousand entries." : filtered ? "Nothing of the kind has happened in the last 90 days." : "Nothing has happened yet."}</p>
      ${filtered && html`<button type="button" class="button small" onClick=${() => setQuery(NOTHING)}>Show all entries</button>`}
    </div>
  `;
}

function whoOf({ system, memberId, role }, names) {
  if (system) return `the service (${system})`;
  return names.get(memberId) ?? (role === "operator" || !memberId ? "who runs the service" : memberId);
}

function Entry({ entry, names, own }) {
  const { at, action, target, actor, sourceIp, requestId, details } = entry;
  const who = whoOf(actor, names);
  return html`
    <details class="entry">
      <summary>
        <${Icon} name="arrow" />
        <span class="entry-what"><b>${words(action)}</b> <span class="entry-target">${target.name}</span></span>
        <span class="entry-who">${who}</span>
        <span class="entry-when faint"><${Time} at=${at} /></span>
      </summary>
      <div class="section">
        <dl class="facts">
          <div><dt>When</dt><dd><${Time} at=${at} absolute /></dd></div>
          <div><dt>Action</dt><dd><code>${action}</code></dd></div>
          <div><dt>Target</dt><dd>${own && target.id.startsWith("inst_") ? html`<a href=${href(`/instances/${target.id}`)}>${target.name}</a>` : target.name}<br /><code class="faint">${target.id}</code></dd></div>
          <div><dt>Who</dt><dd>${who}${actor.role && html` <${RoleBadge} role=${actor.role} />`}</dd></div>
          ${actor.keyId && html`<div><dt>With the account key</dt><dd>${actor.keyName ?? "one that is revoked"}<br /><code class="faint">${actor.keyId}</code></dd></div>`}
          ${sourceIp && html`<div><dt>From</dt><dd><code>${sourceIp}</code></dd></div>`}
          ${Object.entries(details).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${String(value)}</dd></div>`)}
          <div class="wide"><dt>Request</dt><dd><${CopyLine} text=${requestId} what="the id of the request" /></dd></div>
        </dl>
        <div class="actions">
          <button type="button" class="button small" onClick=${() => setQuery({ ...NOTHING, target: target.id })}>All about ${target.name}</button>
          ${actor.memberId && html`<button type="button" class="button small" onClick=${() => setQuery({ ...NOTHING, member: actor.memberId })}>All that ${who} did</button>`}
        </div>
      </div>
    </details>
  `;
}
