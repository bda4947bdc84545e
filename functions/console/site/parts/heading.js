// The heading of a page or of a section. After a navigation the first new one takes the focus, so that a screen reader says
// where one has come to, and Tab goes on from there.
import { html, useEffect, useRef } from "../html.js";
import { takesFocus } from "../router.js";

/** @param {{ level?: 1 | 2, title?: string, children: any }} given `title` is the document's, where it is not the text */
export function Heading({ level = 1, title, children, ...rest }) {
  const ref = useRef(null);
  useEffect(() => {
    if (takesFocus()) ref.current.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    if (title) document.title = `${title} · SwiftCache`;
  }, [title]);
  return html`<${`h${level}`} ref=${ref} tabindex="-1" ...${rest}>${children}<//>`;
}
