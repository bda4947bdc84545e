// The same in a terminal: what a button does is no secret of the page.
import { SERVICE } from "../address.js";
import { curl } from "../commands/curl.js";
import { swiftcache } from "../commands/swiftcache.js";
import { html } from "../html.js";
import { recalled, remember } from "../remembered.js";
import { session } from "../session.js";
import { store, useStore } from "../store.js";
import { Code } from "./copy.js";
import { Tabs } from "./tabs.js";

const KEY = "tool";
const TOOLS = ["curl", "swiftcache"];

/** One choice for all that the page shows. */
const chosen = store(TOOLS.includes(recalled(KEY)) ? recalled(KEY) : TOOLS[0]);

function choose(tool) {
  remember(KEY, tool);
  chosen.set(tool);
}

/**
 * The request that a button sends, as a command beside it: with curl, and with our command line where that has a word for it.
 * `what` is the button, where there are several.
 */
export function AsCommand({ what, method, path, body, query }) {
  const tool = useStore(chosen);
  const typed = swiftcache(method, path, { body, query, own: session.get().who?.organizationId });
  const shown = typed ? tool : TOOLS[0];
  const text = shown === "curl" ? curl(method, path, { body, query }) : typed;
  const command = html`
    <${Code} text=${text} what="the command" label="The same with ${shown}" />
    <p class="hint">${shown === "curl" ? html`<code>$TOKEN</code> is an account key.` : html`Once before: <code>swiftcache login ${SERVICE}</code>`}</p>
  `;
  return html`
    <details class="as-command">
      <summary>Show ${what && `“${what}” `}as a command</summary>
      ${typed ? html`<${Tabs} label="Tool" tabs=${TOOLS.map((name) => [name, name])} value=${tool} onSelect=${choose}>${command}<//>` : command}
    </details>
  `;
}
