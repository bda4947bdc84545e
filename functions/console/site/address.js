// Where the console and the API are. Found from where this file came from, so a stage or a custom domain's path changes nothing.
const found = new URL("..", import.meta.url);

/** The path of the console, without a slash at the end: /console */
export const CONSOLE = found.pathname.replace(/\/$/, "");

/** The address of the API, without a slash at the end: https://…/api/v1 */
export const API = new URL("../api/v1", found).href;

/** The address of the service, as `swiftcache login` takes it. */
export const SERVICE = API.replace(/\/api\/v1$/, "");

/** The page to read and try the API. */
export const DOCS = new URL("../docs", found).href;
