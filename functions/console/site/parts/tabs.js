// Tabs: arrow keys, Home and End go from one to the other, as in a desktop program.
import { html, useId, useRef } from "../html.js";

/** @param {{ label: string, tabs: [string, string][], value: string, onSelect: (value: string) => void, children: any }} given */
export function Tabs({ label, tabs, value, onSelect, children }) {
  const id = useId();
  const ref = useRef(null);
  const move = (event) => {
    const index = tabs.findIndex(([name]) => name === value);
    const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    onSelect(tabs[next][0]);
    ref.current.children[next].focus();
  };
  return html`
    <div class="tabs">
      <div class="tab-list" role="tablist" aria-label=${label} ref=${ref} onKeyDown=${move}>
        ${tabs.map(
          ([name, words]) => html`
            <button
              type="button"
              role="tab"
              id="${id}-${name}"
              aria-selected=${name === value ? "true" : "false"}
              aria-controls="${id}-panel"
              tabindex=${name === value ? 0 : -1}
              onClick=${() => onSelect(name)}
            >${words}</button>
          `,
        )}
      </div>
      <div role="tabpanel" id="${id}-panel" aria-labelledby="${id}-${value}">${children}</div>
    </div>
  `;
}
