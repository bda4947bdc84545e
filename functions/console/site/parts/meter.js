// How full something is.
import { bytes, percent } from "../format.js";
import { html, useEffect, useRef } from "../html.js";

/** A bar of memory: `used` and `max` in bytes; `used` may be unknown. */
export const MemoryBar = ({ used, max, label = "Memory in use" }) => html`<${Meter} used=${used} max=${max} label=${label} said=${bytes} />`;

/** How much of something is taken; `said` is how its figures are said. `full`: it is good if nothing is missing. */
export function Meter({ used, max, label, said, full = false }) {
  const ref = useRef(null);
  const share = used === undefined || used === null ? null : max ? Math.min(1, used / max) : 1;
  useEffect(() => ref.current?.style.setProperty("--share", share ?? 0), [share]);
  const tone = share === null || full ? "" : share > 0.9 ? "bad" : share > 0.75 ? "warn" : "";
  return html`
    <span class="memory">
      <span class="memory-text">
        ${share === null ? html`<span>${said(max)}</span>` : html`<span><b>${said(used)}</b> of ${said(max)}</span><span class="faint">${percent(share)}</span>`}
      </span>
      <span
        class="bar ${tone}"
        ref=${ref}
        role="meter"
        aria-label=${label}
        aria-valuemin="0"
        aria-valuemax=${max}
        aria-valuenow=${used ?? 0}
        aria-valuetext=${share === null ? "not known yet" : `${said(used)} of ${said(max)}`}
      ></span>
    </span>
  `;
}
