// A secret that the API shows once. It is in this page's memory until somebody says that it is saved, and nowhere else.
import { html, useEffect } from "../html.js";
import { store, useStore } from "../store.js";
import { Copy } from "./copy.js";
import { Icon } from "./icons.js";
import { say } from "./notices.js";

/** By their place, the secrets that are not said to be saved: `{ id, name, text }`. */
const unsaved = store({});

/** Shows a secret that was just made, at its place: an id that a page has. */
export function keep(place, { id, name, text }) {
  unsaved.set({ ...unsaved.get(), [place]: [...(unsaved.get()[place] ?? []), { id, name, text }] });
}

function saved(place, secretId, what) {
  const left = unsaved.get()[place].filter(({ id }) => id !== secretId);
  const { [place]: _, ...others } = unsaved.get();
  unsaved.set(left.length ? { ...others, [place]: left } : others);
  say(`The ${what} is not shown any more`);
}

/** Asks before the window is closed or loaded anew while there is a secret that nobody has saved. */
function useWarning(due) {
  useEffect(() => {
    if (!due) return undefined;
    const ask = (event) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [due]);
}

/** @param {{ place: string, what?: string, children: any }} given `what` it is, in a word; `children`: what it is good for */
export function OneTime({ place, what = "key", children }) {
  const secrets = useStore(unsaved)[place] ?? [];
  useWarning(secrets.length > 0);
  return secrets.map(
    ({ id, name, text }) => html`
      <section class="one-time card" key=${id} aria-label="The ${what} ${name}">
        <${Icon} name="key" />
        <div class="section">
          <h2>Save this ${what} now: it is shown this once</h2>
          <p><b>${name}</b> ${children}</p>
          <div class="one-time-key"><code>${text}</code><${Copy} text=${text} what="the ${what}" label="Copy" /></div>
          <div class="actions">
            <button type="button" class="button primary" onClick=${() => saved(place, id, what)}>I have saved it</button>
          </div>
        </div>
      </section>
    `,
  );
}
