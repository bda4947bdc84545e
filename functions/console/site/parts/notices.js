// Short messages: seen for some seconds, and said by screen readers.
import { html, useEffect } from "../html.js";
import { store, useStore } from "../store.js";
import { Icon } from "./icons.js";

const SECONDS = 5;
const said = store(null);

/** Says something that has happened, such as "Copied". What went wrong belongs beside what was asked for. */
export const say = (text) => said.set({ text });

export function Notices() {
  const notice = useStore(said);
  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(() => said.set(null), SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [notice]);
  return html`
    <div class="notices" role="status" aria-live="polite">
      ${notice && html`<p class="notice"><${Icon} name="check" />${notice.text}</p>`}
    </div>
  `;
}
