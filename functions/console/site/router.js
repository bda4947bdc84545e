// Addresses below /console, by the History API. An ordinary <a href=${href("/instances")}> is followed without a reload.
import { CONSOLE } from "./address.js";
import { store } from "./store.js";

/** @typedef {{ path: string, query: URLSearchParams }} Place */

const read = () => ({
  path: decodeURI(location.pathname.slice(CONSOLE.length)).replace(/\/+$/, "") || "/",
  query: new URLSearchParams(location.search),
});

export const place = store(read());

let heading = false;

/** The address of a path of the console, for a link. */
export const href = (path) => CONSOLE + (path === "/" ? "" : path);

/** Goes to a path of the console, such as "/instances/new?restoreFrom=bkp_1". */
export function navigate(path, { replace = false } = {}) {
  const to = href(path);
  if (to === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  arrive(!replace);
}

/** Changes the query of the present page, such as a filter: the same page, so nothing moves and Back leaves it. */
export function setQuery(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) value ? query.set(name, value) : query.delete(name);
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text && `?${text}`));
  place.set(read());
}

/** Whether the next heading that appears takes the focus: true once after each navigation. */
export function takesFocus() {
  const due = heading;
  heading = false;
  return due;
}

/** The parameters of a path that fits a pattern such as "/instances/:instanceId", or null. */
export function match(pattern, path) {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return null;
  const found = {};
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith(":")) found[part.slice(1)] = given[index];
    else if (part !== given[index]) return null;
  }
  return found;
}

function arrive(isNew) {
  heading = true;
  place.set(read());
  if (isNew) scrollTo(0, 0);
}

/** Begins to follow links and the browser's Back and Forward. */
export function start() {
  addEventListener("popstate", () => arrive(false));
  addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target || link.hasAttribute("download")) return;
    const to = new URL(link.href);
    if (to.origin !== location.origin || (to.pathname !== CONSOLE && !to.pathname.startsWith(`${CONSOLE}/`)) || to.hash) return;
    event.preventDefault();
    navigate((to.pathname.slice(CONSOLE.length) || "/") + to.search);
  });
}
