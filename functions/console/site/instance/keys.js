// The keys of an instance: who uses them, more of them, and ending one.
import { call } from "../api.js";
import { count, number } from "../format.js";
import { html, useState } from "../html.js";
import { keep } from "../instances/one_time_key.js";
import { useAction, useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Dialog } from "../parts/dialog.js";
import { SelectField, submitted, TextField } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { say } from "../parts/notices.js";
import { Loading, Note, ProblemNote } from "../parts/problem.js";
import { Allowed } from "../parts/role.js";
import { Badge } from "../parts/status.js";
import { Table } from "../parts/table.js";
import { Time } from "../parts/time.js";
import { may } from "../session.js";

const ROLES = [
  ["read-write", "Read and write"],
  ["read-only", "Only read"],
];

export default function Keys({ instance }) {
  const path = `/instances/${instance.id}/keys`;
  const { data, problem, again } = useLive(({ signal }) => call("GET", path, { signal }), { every: 10, deps: [path] });
  const [revoked, setRevoked] = useState(null);
  return html`
    <section class="section">
      <${Heading} level=${2}>Keys<//>
      <p>
        Give each program a key of its own, and replace one without a pause: make the new one, give it to your programs, and revoke the
        old one when it has no connections any more.
      </p>
      <${ProblemNote} problem=${problem} again=${again} />
      ${!data && !problem && html`<${Loading} what="Reading the keys" />`}
      ${data && html`<${KeyTable} keys=${data.apiKeys} onRevoke=${setRevoked} />`}
      ${data?.shared.connections > 0 &&
      html`<${Note}><p>${count(data.shared.connections, "connection")} came with a key alone, without its name, so nobody knows with which. Clients that send the key's user name are told apart.</p><//>`}
      <p class="hint">Last use and connections are as they were at the last look, each minute.</p>
    </section>
    <${Add} instance=${instance} path=${path} />
    ${revoked && html`<${Revoke} path=${path} found=${revoked} last=${data.apiKeys.length === 1} onClose=${() => setRevoked(null)} />`}
  `;
}

function KeyTable({ keys, onRevoke }) {
  if (keys.length === 0) return html`<${Note} tone="warn"><p>There is no key: nobody gets in until there is one.</p><//>`;
  const revocable = may("use");
  const rows = keys.map((key) => ({
    key: key.id,
    cells: [
      html`<b>${key.name}</b><br /><code class="faint">${key.id}</code>`,
      html`<${Badge} tone=${key.role === "read-only" ? "info" : "plain"}>${key.role === "read-only" ? "reads only" : "reads and writes"}<//>`,
      number(key.connections),
      key.lastUsedAt ? html`<${Time} at=${key.lastUsedAt} />` : "never",
      html`<${Time} at=${key.createdAt} />`,
      ...(revocable ? [html`<button type="button" class="button small danger" aria-label="Revoke ${key.name}" onClick=${() => onRevoke(key)}>Revoke</button>`] : []),
    ],
  }));
  const actions = revocable ? [{ words: "Actions", hidden: true, end: true }] : [];
  return html`<${Table} label="Keys" columns=${["Name", "May", "Connections", "Last used", "Made", ...actions]} rows=${rows} />`;
}

function Add({ instance, path }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("read-write");
  const body = { ...(name && { name }), role };
  const add = useAction(() => call("POST", path, { body }));
  const send = async () => {
    const made = await add.run();
    if (!made) return;
    keep(instance.id, made.createdKey);
    setName("");
    say(made.applied ? "The key works; it is shown above" : "The key is stored and works in a moment; it is shown above");
    scrollTo({ top: 0, behavior: "smooth" });
  };
  return html`
    <section class="card section" aria-labelledby="add-key">
      <h2 id="add-key">Another key</h2>
      <${Allowed} permission="use" what="make a key">
        <form class="form" onSubmit=${submitted(send)}>
          <div class="fields">
            <${TextField} label="Name" optional maxlength="64" placeholder="which program has it" value=${name} onInput=${setName} error=${add.problem?.at("/name")} />
            <${SelectField} label="It may" value=${role} onInput=${setRole} options=${ROLES} hint=${role === "read-only" ? "It works with its user name alone." : undefined} />
          </div>
          <${ProblemNote} problem=${add.problem} what="No key was made" />
          <div class="actions"><button class="button primary" disabled=${add.busy}>${add.busy ? "Making it…" : "Make a key"}</button></div>
          <${AsCommand} method="POST" path=${path} body=${body} />
        </form>
      <//>
    </section>
  `;
}

function Revoke({ path, found, last, onClose }) {
  const revoke = useAction(() => call("DELETE", `${path}/${found.id}`));
  const send = async () => {
    const done = await revoke.run();
    if (!done) return;
    say(done.applied ? `${found.name} is revoked` : `${found.name} is revoked as soon as its Redis answers`);
    onClose();
  };
  return html`
    <${Dialog} title="Revoke ${found.name}?" onClose=${onClose}>
      <p>It is refused, and its connections are closed, within 2 seconds. It cannot be made valid again.</p>
      ${found.connections > 0 && html`<${Note} tone="warn"><p>It had ${count(found.connections, "connection")} at the last look.</p><//>`}
      ${last && html`<${Note} tone="warn"><p>It is the last one: nobody gets in until there is another.</p><//>`}
      <${ProblemNote} problem=${revoke.problem} what="It was not revoked" />
      <div class="actions">
        <button type="button" class="button danger primary" disabled=${revoke.busy} onClick=${send}>Revoke</button>
        <button type="button" class="button" onClick=${onClose}>Keep it</button>
      </div>
      <${AsCommand} method="DELETE" path="${path}/${found.id}" />
    <//>
  `;
}
