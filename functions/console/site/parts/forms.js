// Fields of forms: a label, what it is for, and what the API says is wrong with it.
import { html, useId } from "../html.js";

/** Everything around an input. `children` is a function that gets the attributes which tie it to label and words. */
export function Field({ label, hint, error, optional = false, children }) {
  const id = useId();
  const told = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return html`
    <div class=${error ? "field wrong" : "field"}>
      <label for=${id}>${label}${optional && html` <span class="faint">optional</span>`}</label>
      ${children({ id, "aria-describedby": told, "aria-invalid": error ? "true" : undefined })}
      ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
      ${error && html`<p class="error" id="${id}-error">${error}</p>`}
    </div>
  `;
}

export function TextField({ label, hint, error, optional, value, onInput, ...rest }) {
  return html`
    <${Field} label=${label} hint=${hint} error=${error} optional=${optional}>
      ${(tied) => html`<input ...${tied} value=${value} onInput=${(event) => onInput(event.target.value)} autocomplete="off" spellcheck=${false} ...${rest} />`}
    <//>
  `;
}

/** `options` are pairs of value and words. */
export function SelectField({ label, hint, error, optional, value, onInput, options, ...rest }) {
  return html`
    <${Field} label=${label} hint=${hint} error=${error} optional=${optional}>
      ${(tied) => html`
        <select ...${tied} value=${value} onChange=${(event) => onInput(event.target.value)} ...${rest}>
          ${options.map(([option, words]) => html`<option value=${option} selected=${option === value}>${words}</option>`)}
        </select>
      `}
    <//>
  `;
}

/** On or off, with what that means. */
export function Toggle({ label, hint, error, value, onInput, disabled }) {
  const id = useId();
  const told = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return html`
    <div class="toggle">
      <input type="checkbox" id=${id} checked=${value} disabled=${disabled} aria-describedby=${told} onChange=${(event) => onInput(event.target.checked)} />
      <div>
        <label for=${id}>${label}</label>
        ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
        ${error && html`<p class="error" id="${id}-error">${error}</p>`}
      </div>
    </div>
  `;
}

/** One of a few, side by side. `options` are pairs of value and words. */
export function Choice({ label, hint, value, onInput, options }) {
  const name = useId();
  return html`
    <fieldset class="choice">
      <legend>${label}</legend>
      <div class="segments">
        ${options.map(
          ([option, words]) => html`
            <label><input type="radio" name=${name} value=${option} checked=${option === value} onChange=${() => onInput(option)} /><span>${words}</span></label>
          `,
        )}
      </div>
      ${hint && html`<p class="hint">${hint}</p>`}
    </fieldset>
  `;
}

/** The handler of a form's submission, without the browser's own. */
export const submitted = (act) => (event) => {
  event.preventDefault();
  act();
};
