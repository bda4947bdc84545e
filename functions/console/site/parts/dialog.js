// A question before something happens. The browser's own dialog: it keeps the focus inside.
import { html, useEffect, useId, useRef } from "../html.js";

/** @param {{ title: string, onClose?: () => void, children: any }} given without `onClose` it cannot be put away */
export function Dialog({ title, onClose, children, tone = "" }) {
  const ref = useRef(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      // It is gone from the page before it could give the focus back.
      setTimeout(() => document.activeElement === document.body && before.isConnected && before.focus());
    };
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    onClose?.();
  };
  return html`
    <dialog ref=${ref} class="dialog ${tone}" aria-labelledby=${id} onCancel=${cancel}>
      <h2 id=${id}>${title}</h2>
      ${children}
    </dialog>
  `;
}
