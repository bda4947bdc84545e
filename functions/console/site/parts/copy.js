// Text to take away.
import { html } from "../html.js";
import { Icon } from "./icons.js";
import { say } from "./notices.js";

/** Whether it could be copied: a browser may not let it. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** @param {{ text: string, what: string, label?: string }} given `what` is copied, in words: "the hostname" */
export function Copy({ text, what, label }) {
  const copy = async () => say((await copied(text)) ? `Copied ${what}` : `The browser does not let ${what} be copied: select it`);
  return html`
    <button type="button" class=${label ? "button small" : "button small bare"} onClick=${copy} aria-label=${label ? undefined : `Copy ${what}`}>
      <${Icon} name="copy" />${label}
    </button>
  `;
}

/** A line of text with a button that copies it. */
export const CopyLine = ({ text, what }) => html`
  <span class="copy-line"><code>${text}</code><${Copy} text=${text} what=${what} /></span>
`;

/** A block of code with a button that copies it. */
export const Code = ({ text, what, label }) => html`
  <div class="code">
    <pre tabindex="0" role="region" aria-label=${label ?? what}><code>${text}</code></pre>
    <${Copy} text=${text} what=${what} label="Copy" />
  </div>
`;
