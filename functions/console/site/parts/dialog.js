// A question before something happens. The browser's own dialog: it keeps the focus inside and gives it back.
import { html, useEffect, useId, useRef } from "../html.js";

/** @param {{ title: string, onClose?: () => void, children: any }} given without `onClose` it cannot be put away */
export function Dialog({ title, onClose, children, tone = "" }) {
  const ref = useRef(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog.showModal();
    return () => dialog.close();
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
