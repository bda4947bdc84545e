// A request as a line with curl, with $TOKEN in the place of the account key.
import { API } from "../address.js";
import { withQuery } from "../api.js";
import { lines, quoted } from "./shell.js";

export function curl(method, path, { body, query } = {}) {
  const parts = [`curl -sS${method === "GET" ? "" : ` -X ${method}`} ${quoted(API + withQuery(path, query))}`, '-H "Authorization: Bearer $TOKEN"'];
  if (method !== "GET") parts.push('-H "Idempotency-Key: $(uuidgen)"');
  if (body !== undefined) parts.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body, null, 2))}`);
  return lines(parts);
}
