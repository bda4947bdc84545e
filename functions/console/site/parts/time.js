// Moments, in the reader's zone.
import { exact, moment, relative } from "../format.js";
import { html } from "../html.js";
import { useNow } from "../live.js";

/** "3 minutes ago", with the exact time when one points at it; or the time itself, where `absolute`. */
export function Time({ at, absolute = false }) {
  const now = useNow(15);
  if (!at) return html`<span>–</span>`;
  return html`<time datetime=${at} title=${exact(at)}>${absolute ? moment(at) : relative(at, now)}</time>`;
}
