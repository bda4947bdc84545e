// What went wrong, in the API's own words, and how to go on.
import { html } from "../html.js";
import { Icon } from "./icons.js";

/** @param {{ problem: import("../api.js").Problem | Error | null, again?: () => void, what?: string }} given */
export function ProblemNote({ problem, again, what }) {
  if (!problem) return null;
  return html`
    <div class="note bad" role="alert" tabindex="-1">
      <${Icon} name="alert" />
      <div class="note-text">
        ${what && html`<p class="note-title">${what}</p>`}
        <p>${problem.message}</p>
        ${problem.errors?.length > 1 && html`<ul>${problem.errors.map((one) => html`<li><code>${one.pointer}</code> ${one.detail}</li>`)}</ul>`}
        ${problem.code && html`<p class="faint">${problem.code}${problem.requestId && ` · request ${problem.requestId}`}</p>`}
        ${again && html`<button class="button small" type="button" onClick=${again}>Try again</button>`}
      </div>
    </div>
  `;
}

/** A remark with a drawing: `tone` is info, warn, good or bad. */
export const Note = ({ tone = "info", title, children }) => html`
  <div class="note ${tone}">
    <${Icon} name=${tone === "good" ? "check" : tone === "info" ? "info" : "alert"} />
    <div class="note-text">${title && html`<p class="note-title">${title}</p>`}${children}</div>
  </div>
`;

/** While something is read for the first time: grey lines in its place, so that nothing jumps when it is there. */
export const Loading = ({ lines = 3, what = "Loading" }) => html`
  <div class="loading" role="status">
    <span class="hidden">${what}…</span>
    ${Array.from({ length: lines }, () => html`<span class="bone"></span>`)}
  </div>
`;
