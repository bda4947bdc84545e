// The account keys of an organization: what opens the API, and this console.
import { call } from "../api.js";
import { html, useState } from "../html.js";
import { useAction, useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Dialog } from "../parts/dialog.js";
import { SelectField, submitted, TextField } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { say } from "../parts/notices.js";
import { keep } from "../parts/one_time.js";
import { Loading, Note, ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { Badge } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Time } from "../parts/time.js";
import { may, session } from "../session.js";
import { outOfReach, RoleBadge, RoleField } from "./roles.js";

const DAY = 86_400_000;
const EXPIRIES = [
  ["", "Never"],
  ["7", "In 7 days"],
  ["30", "In 30 days"],
  ["90", "In 90 days"],
  ["365", "In a year"],
];

export default function AccountKeys({ organization }) {
  const path = `/organizations/${organization.id}`;
  const { data, problem, again } = useLive(({ signal }) => read(path, signal), { every: 15, deps: [path] });
  const [revoked, setRevoked] = useState(null);
  return html`
    <section class="section">
      <${Heading} level=${2}>Account keys<//>
      <p>An account key opens the API and this console. Give each program one of its own, with the lowest role that will do.</p>
      <${ProblemNote} problem=${problem} again=${again} what="The account keys could not be read" />
      ${!data && !problem && html`<${Loading} what="Reading the account keys" />`}
      ${data && (data.keys.length > 0 ? html`<${KeyTable} keys=${data.keys} onRevoke=${setRevoked} />` : html`<div class="card empty"><p>There is no account key: nobody of it can sign in.</p></div>`)}
      <p class="hint">The last use is exact to five minutes.</p>
    </section>
    <${Create} organization=${organization} path="${path}/keys" members=${data?.members ?? []} />
    ${revoked && html`<${Revoke} path="${path}/keys" found=${revoked} onClose=${() => setRevoked(null)} />`}
  `;
}

async function read(path, signal) {
  const [{ keys }, { members }] = await Promise.all([call("GET", `${path}/keys`, { signal }), call("GET", `${path}/members`, { signal })]);
  return { keys, members };
}

function KeyTable({ keys, onRevoke }) {
  const revocable = may("manage");
  const rows = keys.map((key) => ({
    key: key.id,
    cells: [
      html`<b>${key.name}</b> <${Marks} found=${key} /><br /><code class="faint">${key.prefix}…</code>`,
      html`<${RoleBadge} role=${key.role} />`,
      key.member.name,
      key.lastUsedAt ? html`<${Time} at=${key.lastUsedAt} />` : "never",
      key.expiresAt ? html`<${Time} at=${key.expiresAt} />` : "never",
      html`<${Time} at=${key.createdAt} />`,
      ...(revocable ? [html`<${Actions} found=${key} onRevoke=${onRevoke} />`] : []),
    ],
  }));
  const actions = revocable ? [{ words: "Actions", hidden: true, end: true }] : [];
  return html`<${Table} label="Account keys" columns=${["Name", "Role", "Of", "Last used", "Expires", "Made", ...actions]} rows=${rows} />`;
}

function Marks({ found }) {
  const expired = found.expiresAt && new Date(found.expiresAt) <= Date.now();
  return html`
    ${found.id === session.get().who.keyId && html`<${Badge} tone="info">signed in with it<//>`}
    ${expired && html`<${Badge} tone="warn">expired<//>`}
  `;
}

function Actions({ found, onRevoke }) {
  const reason = outOfReach(found.role);
  if (reason) return html`<span class="faint">${reason}</span>`;
  return html`<button type="button" class="button small danger" aria-label="Revoke ${found.name}" onClick=${() => onRevoke(found)}>Revoke</button>`;
}

function Create({ organization, path, members }) {
  const { who } = session.get();
  const [values, setValues] = useState({ name: "", role: "developer", memberId: organization.own ? who.memberId : "", days: "" });
  const set = (field) => (value) => setValues((before) => ({ ...before, [field]: value }));
  const { name, role, days } = values;
  const memberId = values.memberId || members[0]?.id;
  const expiresAt = days ? new Date(Math.ceil(Date.now() / DAY + Number(days)) * DAY).toISOString() : undefined;
  const body = { name, role, memberId, expiresAt };
  const create = useAction(() => call("POST", path, { body }));
  const send = async () => {
    const made = await create.run();
    if (!made) return;
    const { id, name: called, plainTextKey } = made.createdKey;
    keep(organization.id, { id, name: called, text: plainTextKey });
    set("name")("");
    say("The key works; it is shown above");
    scrollTo({ top: 0, behavior: "smooth" });
  };
  return html`
    <section class="card section" aria-labelledby="create-key">
      <h2 id="create-key">Make an account key</h2>
      <${Allowed} permission="manage" what="make an account key">
        <form class="form" onSubmit=${submitted(send)}>
          <div class="fields">
            <${TextField} label="Name" required maxlength="64" placeholder="which program has it" value=${name} onInput=${set("name")} error=${create.problem?.at("/name")} />
            <${RoleField} organizationId=${organization.id} value=${role} onInput=${set("role")} error=${create.problem?.at("/role")} />
            <${SelectField} label="Of" value=${memberId} onInput=${set("memberId")} options=${members.map((member) => [member.id, `${member.name} (${member.role})`])} error=${create.problem?.at("/memberId")} hint="It never may more than this member." />
            <${SelectField} label="Expires" value=${days} onInput=${set("days")} options=${EXPIRIES} error=${create.problem?.at("/expiresAt")} />
          </div>
          <${ProblemNote} problem=${create.problem} what="No key was made" />
          <div class="actions"><button class="button primary" disabled=${create.busy || !memberId}>${create.busy ? "Making it…" : "Make a key"}</button></div>
          <${AsCommand} method="POST" path=${path} body=${body} />
        </form>
      <//>
    </section>
  `;
}

function Revoke({ path, found, onClose }) {
  const revoke = useAction(() => call("DELETE", `${path}/${found.id}`));
  const send = async () => {
    if (!(await revoke.run())) return;
    say(`${found.name} is revoked`);
    onClose();
  };
  return html`
    <${Dialog} title="Revoke ${found.name}?" onClose=${onClose}>
      <p>From that moment on it is refused, and so are the sessions of browsers that came with it. It cannot be made valid again.</p>
      ${found.id === session.get().who.keyId && html`<${Note} tone="warn"><p>You are signed in with this key: have another one ready to sign in again.</p><//>`}
      <${ProblemNote} problem=${revoke.problem} what="It was not revoked" />
      <div class="actions">
        <button type="button" class="button danger primary" disabled=${revoke.busy} onClick=${send}>Revoke</button>
        <button type="button" class="button" onClick=${onClose}>Keep it</button>
      </div>
      <${AsCommand} method="DELETE" path="${path}/${found.id}" />
    <//>
  `;
}
