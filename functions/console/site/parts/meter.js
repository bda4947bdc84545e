// How full something is.
import { bytes, percent } from "../format.js";
import { html, useEffect, useRef } from "../html.js";

/** A bar of memory: `used` and `max` in bytes; `used` may be unknown. */
export function MemoryBar({ used, max, label = "Memory in use" }) {
  const ref = useRef(null);
  const share = used === undefined || used === null ? null : Math.min(1, used / max);
  useEffect(() => ref.current?.style.setProperty("--share", share ?? 0), [share]);
  const tone = share === null ? "" : share > 0.9 ? "bad" : share > 0.75 ? "warn" : "";
  return html`
    <span class="memory">
      <span class="memory-text">
        ${share === null ? html`<span>${bytes(max)}</span>` : html`<span><b>${bytes(used)}</b> of ${bytes(max)}</span><span class="faint">${percent(share)}</span>`}
      </span>
      <span
        class="bar ${tone}"
        ref=${ref}
        role="meter"
        aria-label=${label}
        aria-valuemin="0"
        aria-valuemax=${max}
        aria-valuenow=${used ?? 0}
        aria-valuetext=${share === null ? "not known yet" : `${bytes(used)} of ${bytes(max)}`}
      ></span>
    </span>
  `;
}
