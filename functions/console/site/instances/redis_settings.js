// Settings of Redis. Which there are, from where to where, and what they mean is in the API's own document.
import { DOCS } from "../address.js";
import { html, useEffect, useState } from "../html.js";
import { SelectField, TextField } from "../parts/forms.js";
import { Loading, ProblemNote } from "../parts/problem.js";

let asked;

function read() {
  asked ??= fetch(new URL("openapi.json", DOCS)).then(async (answer) => {
    if (!answer.ok) throw new Error("The list of settings could not be read.");
    const schema = (await answer.json()).components.schemas.SettingsRequest.properties;
    return Object.entries(schema).map(([name, { description, default: usual, anyOf }]) => ({ name, description, usual, ...anyOf[0] }));
  });
  asked.catch(() => (asked = undefined));
  return asked;
}

/** `value` has those that are chosen; `onInput` is told all of these. `present` is how they are, where they are no longer as usual. */
export function RedisSettings({ value, onInput, problem, present = {} }) {
  const [known, setKnown] = useState(null);
  const [wrong, setWrong] = useState(null);
  const load = () => read().then(setKnown, setWrong);
  useEffect(() => void load(), []);
  if (!known) return wrong ? html`<${ProblemNote} problem=${wrong} again=${load} />` : html`<${Loading} what="Reading the settings" />`;
  const change = (name, given) => {
    const { [name]: _, ...others } = value;
    onInput(given === "" ? others : { ...others, [name]: given });
  };
  return html`
    <div class="fields">
      ${known.map((setting) => html`<${Setting} key=${setting.name} ...${setting} usual=${present[setting.name] ?? setting.usual} value=${value[setting.name]} onInput=${(given) => change(setting.name, given)} error=${problem?.at(`/settings/${setting.name}`)} />`)}
    </div>
  `;
}

function Setting({ name, description, usual, type, minimum, maximum, value, onInput, error }) {
  if (type === "boolean") {
    const options = [
      ["", `${usual ? "yes" : "no"} (as it is)`],
      ["true", "yes"],
      ["false", "no"],
    ];
    return html`<${SelectField} label=${name} hint=${description} error=${error} value=${String(value ?? "")} options=${options} onInput=${(text) => onInput(text === "" ? "" : text === "true")} />`;
  }
  return html`
    <${TextField}
      label=${name}
      hint="${description}. ${minimum} to ${maximum}"
      error=${error}
      type="number"
      placeholder=${String(usual)}
      value=${value === undefined ? "" : String(value)}
      onInput=${(text) => onInput(text === "" ? "" : Number(text))}
    />
  `;
}
