// The same by the API: what a button does is no secret of the page.
import { API } from "../address.js";
import { withQuery } from "../api.js";
import { html } from "../html.js";
import { Code } from "./copy.js";

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The request as a line for a shell, with $TOKEN in the place of the account key. */
export function curl(method, path, { body, query } = {}) {
  const lines = [`curl -sS${method === "GET" ? "" : ` -X ${method}`} ${quoted(API + withQuery(path, query))}`, '-H "Authorization: Bearer $TOKEN"'];
  if (method !== "GET") lines.push('-H "Idempotency-Key: $(uuidgen)"');
  if (body !== undefined) lines.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body, null, 2))}`);
  return lines.join(" \\\n  ");
}

/** "Show as curl", beside what sends the request. */
export function AsCommand({ method, path, body, query }) {
  return html`
    <details class="as-command">
      <summary>Show as curl</summary>
      <${Code} text=${curl(method, path, { body, query })} what="the request" label="The same request with curl" />
    </details>
  `;
}
