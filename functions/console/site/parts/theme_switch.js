// Light, dark, or as the system is.
import { html, useState } from "../html.js";
import { remember } from "../remembered.js";
import { Icon } from "./icons.js";

const NEXT = { system: "light", light: "dark", dark: "system" };
const ICONS = { system: "screen", light: "sun", dark: "moon" };

export function ThemeSwitch() {
  const root = document.documentElement;
  const [theme, setTheme] = useState(root.dataset.theme ?? "system");
  const turn = () => {
    const next = NEXT[theme];
    if (next === "system") delete root.dataset.theme;
    else root.dataset.theme = next;
    remember("theme", next === "system" ? null : next);
    setTheme(next);
    dispatchEvent(new Event("themechange"));
  };
  return html`
    <button type="button" class="button bare" onClick=${turn} aria-label="Theme: ${theme}. Change to ${NEXT[theme]}" title="Theme: ${theme}">
      <${Icon} name=${ICONS[theme]} />
    </button>
  `;
}
