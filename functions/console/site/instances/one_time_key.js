// A plain key, which the API shows once. It is in this page's memory until somebody says that it is saved, and nowhere else.
import { html, useEffect } from "../html.js";
import { Copy } from "../parts/copy.js";
import { Icon } from "../parts/icons.js";
import { say } from "../parts/notices.js";
import { store, useStore } from "../store.js";

/** By the instance's id, the keys that are not said to be saved: `{ id, name, plainTextKey }`. */
const unsaved = store({});

/** Shows a key that was just made, on the page of its instance. */
export function keep(instanceId, key) {
  const { id, name, plainTextKey } = key;
  unsaved.set({ ...unsaved.get(), [instanceId]: [...(unsaved.get()[instanceId] ?? []), { id, name, plainTextKey }] });
}

function saved(instanceId, keyId) {
  const left = unsaved.get()[instanceId].filter(({ id }) => id !== keyId);
  const { [instanceId]: _, ...others } = unsaved.get();
  unsaved.set(left.length ? { ...others, [instanceId]: left } : others);
  say("The key is not shown any more");
}

/** Asks before the window is closed or loaded anew while there is a key that nobody has saved. */
function useWarning(due) {
  useEffect(() => {
    if (!due) return undefined;
    const ask = (event) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [due]);
}

export function OneTimeKeys({ instanceId }) {
  const keys = useStore(unsaved)[instanceId] ?? [];
  useWarning(keys.length > 0);
  return keys.map(
    (key) => html`
      <section class="one-time card" key=${key.id} aria-label="The key ${key.name}">
        <${Icon} name="key" />
        <div class="section">
          <h2>Save this key now: it is shown this once</h2>
          <p>
            <b>${key.name}</b> is the password of Redis. We keep its hash alone, so nobody can show it again. If it is lost, make another one.
          </p>
          <div class="one-time-key"><code>${key.plainTextKey}</code><${Copy} text=${key.plainTextKey} what="the key" label="Copy" /></div>
          <div class="actions">
            <button type="button" class="button primary" onClick=${() => saved(instanceId, key.id)}>I have saved it</button>
          </div>
        </div>
      </section>
    `,
  );
}
