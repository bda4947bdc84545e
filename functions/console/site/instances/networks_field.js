// Which networks reach an instance, where it says so itself: one a line.
import { html, useState } from "../html.js";
import { Field } from "../parts/forms.js";
import { Badge } from "../parts/status.js";

const read = (text) => text.split(/[\s,]+/).filter(Boolean);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** What the API says of any of them, or that it is not possible at all. */
function wrongIn(problem) {
  if (problem?.code === "ALLOWED_CIDRS_NOT_POSSIBLE") return "It cannot be said here: leave this empty.";
  return problem?.errors?.find(({ pointer }) => pointer?.startsWith("/allowedCidrs"))?.detail;
}

/** `value` is the API's allowedCidrs, a list. */
export function NetworksField({ value, onInput, problem, hint }) {
  const [text, setText] = useState(value.join("\n"));
  const typed = (next) => {
    setText(next);
    onInput(read(next));
  };
  return html`
    <${Field} label="Networks that reach it" hint=${hint} error=${wrongIn(problem)}>
      ${(tied) => html`
        <textarea
          ...${tied}
          rows=${Math.max(3, value.length + 1)}
          value=${same(read(text), value) ? text : value.join("\n")}
          onInput=${(event) => typed(event.target.value)}
          placeholder="10.1.0.0/16"
          autocomplete="off"
          spellcheck=${false}
        ></textarea>
      `}
    <//>
  `;
}

/** Whether the networks of an instance are what its network lets in. */
export const InForce = ({ instance }) =>
  instance.allowedCidrsInForce
    ? html`<${Badge} tone="good">in force<//>`
    : html`<${Badge} tone="info"><span class="dot moving"></span>being put in force<//>`;
