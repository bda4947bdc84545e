// Who belongs to an organization, and what each may do.
import { call } from "../api.js";
import { count } from "../format.js";
import { html, useState } from "../html.js";
import { useAction, useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Dialog } from "../parts/dialog.js";
import { submitted, TextField } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { say } from "../parts/notices.js";
import { Loading, Note, ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { Badge } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Time } from "../parts/time.js";
import { load, may, session } from "../session.js";
import { outOfReach, RoleBadge, RoleField, RolesExplained } from "./roles.js";

export default function Members({ organization }) {
  const path = `/organizations/${organization.id}/members`;
  const { data, problem, again } = useLive(({ signal }) => read(organization.id, signal), { every: 15, deps: [path] });
  const [asked, setAsked] = useState(null);
  const close = () => setAsked(null);
  const keysOf = (member) => data.keys.filter((key) => key.member.id === member.id).length;
  return html`
    <section class="section">
      <${Heading} level=${2}>Members<//>
      <p>A member is a person or a program. Its account keys never may more than its role, and end with it.</p>
      <${ProblemNote} problem=${problem} again=${again} what="The members could not be read" />
      ${!data && !problem && html`<${Loading} what="Reading the members" />`}
      ${data && html`<${MemberTable} members=${data.members} keysOf=${keysOf} onAsk=${(what, member) => setAsked({ what, member })} />`}
      <${RolesExplained} />
    </section>
    <${Add} organization=${organization} path=${path} />
    ${asked?.what === "change" && html`<${Change} path=${path} member=${asked.member} organization=${organization} onClose=${close} />`}
    ${asked?.what === "remove" && html`<${Remove} path=${path} member=${asked.member} keys=${keysOf(asked.member)} onClose=${close} />`}
  `;
}

async function read(organizationId, signal) {
  const path = `/organizations/${organizationId}`;
  const [{ members }, { keys }] = await Promise.all([call("GET", `${path}/members`, { signal }), call("GET", `${path}/keys`, { signal })]);
  return { members, keys };
}

function MemberTable({ members, keysOf, onAsk }) {
  const changeable = may("manage");
  const { who } = session.get();
  const rows = members.map((member) => ({
    key: member.id,
    cells: [
      html`<b>${member.name}</b>${member.id === who.memberId && html` <${Badge} tone="info">you<//>`}<br /><code class="faint">${member.id}</code>`,
      html`<${RoleBadge} role=${member.role} />`,
      keysOf(member),
      html`<${Time} at=${member.createdAt} />`,
      ...(changeable ? [html`<${Actions} member=${member} onAsk=${onAsk} />`] : []),
    ],
  }));
  const actions = changeable ? [{ words: "Actions", hidden: true, end: true }] : [];
  return html`<${Table} label="Members" columns=${["Name", "Role", "Account keys", "Added", ...actions]} rows=${rows} />`;
}

function Actions({ member, onAsk }) {
  const reason = outOfReach(member.role);
  if (reason) return html`<span class="faint">${reason}</span>`;
  return html`
    <span class="actions end">
      <button type="button" class="button small" aria-label="Change ${member.name}" onClick=${() => onAsk("change", member)}>Change</button>
      <button type="button" class="button small danger" aria-label="Remove ${member.name}" onClick=${() => onAsk("remove", member)}>Remove</button>
    </span>
  `;
}

function Add({ organization, path }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("developer");
  const body = { name, role };
  const add = useAction(() => call("POST", path, { body }));
  const send = async () => {
    const made = await add.run();
    if (!made) return;
    say(`${made.member.name} is a member; make an account key for them next`);
    setName("");
  };
  return html`
    <section class="card section" aria-labelledby="add-member">
      <h2 id="add-member">Add a member</h2>
      <${Allowed} permission="manage" what="add a member">
        <form class="form" onSubmit=${submitted(send)}>
          <div class="fields">
            <${TextField} label="Name" required maxlength="64" placeholder="Ada, or ci" value=${name} onInput=${setName} error=${add.problem?.at("/name")} hint="Nobody is written to: you make their key, and give it to them." />
            <${RoleField} organizationId=${organization.id} value=${role} onInput=${setRole} error=${add.problem?.at("/role")} />
          </div>
          <${ProblemNote} problem=${add.problem} what="Nobody was added" />
          <div class="actions"><button class="button primary" disabled=${add.busy}>${add.busy ? "Adding…" : "Add member"}</button></div>
          <${AsCommand} method="POST" path=${path} body=${body} />
        </form>
      <//>
    </section>
  `;
}

function Change({ path, member, organization, onClose }) {
  const [name, setName] = useState(member.name);
  const [role, setRole] = useState(member.role);
  const body = { ...(name !== member.name && { name }), ...(role !== member.role && { role }) };
  const change = useAction(async () => {
    const done = await call("PATCH", `${path}/${member.id}`, { body });
    // What one may do oneself may be less from now on.
    if (member.id === session.get().who.memberId) await load();
    return done;
  });
  const send = async () => {
    if (!(await change.run())) return;
    say(`${name} is changed`);
    onClose();
  };
  return html`
    <${Dialog} title="Change ${member.name}" onClose=${onClose}>
      <form class="form" onSubmit=${submitted(send)}>
        <${TextField} label="Name" required maxlength="64" value=${name} onInput=${setName} error=${change.problem?.at("/name")} />
        <${RoleField} organizationId=${organization.id} value=${role} onInput=${setRole} error=${change.problem?.at("/role")} />
        <p class="hint">A new role counts for their account keys at once.</p>
        <${ProblemNote} problem=${change.problem} what="Nothing was changed" />
        <div class="actions">
          <button class="button primary" disabled=${change.busy || Object.keys(body).length === 0}>Change</button>
          <button type="button" class="button" onClick=${onClose}>Leave it</button>
        </div>
        <${AsCommand} method="PATCH" path="${path}/${member.id}" body=${body} />
      </form>
    <//>
  `;
}

function Remove({ path, member, keys, onClose }) {
  const remove = useAction(() => call("DELETE", `${path}/${member.id}`));
  const send = async () => {
    if (!(await remove.run())) return;
    say(`${member.name} is removed`);
    onClose();
  };
  return html`
    <${Dialog} title="Remove ${member.name}?" onClose=${onClose}>
      <p>${keys ? `Their ${count(keys, "account key")} ${keys === 1 ? "is" : "are"} refused from that moment on.` : "They have no account key."} Instances that they made stay.</p>
      ${member.id === session.get().who.memberId && html`<${Note} tone="warn"><p>This is you: you are signed out by it.</p><//>`}
      <${ProblemNote} problem=${remove.problem} what="Nobody was removed" />
      <div class="actions">
        <button type="button" class="button danger primary" disabled=${remove.busy} onClick=${send}>Remove</button>
        <button type="button" class="button" onClick=${onClose}>Keep them</button>
      </div>
      <${AsCommand} method="DELETE" path="${path}/${member.id}" />
    <//>
  `;
}
