// Which engine an instance runs, of those that the API offers.
import { call } from "../api.js";
import { engineText } from "../format.js";
import { html } from "../html.js";
import { useLive } from "../live.js";
import { SelectField } from "../parts/forms.js";

/**
 * Nothing where there is no choice. `value` is the API's engine, or null for `usual`: what it is then, in words; null for the default.
 */
export function EngineField({ value, onInput, usual = null, error }) {
  const { data: engines } = useLive(async ({ signal }) => (await call("GET", "/engines", { signal })).engines, { every: Infinity });
  if (!engines || engines.length < 2) return null;
  const named = ({ name, version }) => engineText(name, version);
  const first = usual ?? `${named(engines.find((one) => one.default))}, the default`;
  const others = engines.filter((one) => usual !== null || !one.default).map((one) => [one.name, named(one)]);
  return html`<${SelectField} label="Engine" value=${value ?? ""} onInput=${(name) => onInput(name || null)} options=${[["", first], ...others]} error=${error} />`;
}
