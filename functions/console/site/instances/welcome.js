// Where there is no instance yet: what this is, and the three things that one does.
import { html } from "../html.js";
import { AsCommand } from "../parts/as_command.js";
import { Icon } from "../parts/icons.js";
import { Allowed } from "../parts/role.js";
import { href } from "../router.js";
import { session } from "../session.js";

const STEPS = [
  ["Create", "A name and how much memory. Its key is shown once, in the answer."],
  ["Connect", "Any Redis client, by hostname and key over TLS. The snippets are on the instance's page."],
  ["Watch, change, delete", "Memory, traffic and every step are shown. A change tells its pause and cost before it is made."],
];

export function Welcome() {
  const body = { organizationId: session.get().who.organizationId, name: "my-redis", maxMemory: 536870912, region: "eu-central" };
  return html`
    <div class="card welcome">
      <h2>Your first Redis is a minute away</h2>
      <ol class="steps">
        ${STEPS.map(([title, words]) => html`<li key=${title}><h3>${title}</h3><p>${words}</p></li>`)}
      </ol>
      <${Allowed} permission="use" what="create an instance">
        <div class="actions"><a class="button primary" href=${href("/instances/new")}><${Icon} name="plus" />Create your first instance</a></div>
      <//>
      <${AsCommand} method="POST" path="/instances" body=${body} />
    </div>
  `;
}
