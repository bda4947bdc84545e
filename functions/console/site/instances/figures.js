// The latest figures of every running instance, by one request for all of them.
import { call } from "../api.js";
import { useLive } from "../live.js";
import { session } from "../session.js";

/** @typedef {{ used: number, max: number, ops: number, clients: number, keys: number }} Figures memory in bytes */

const NAMES = {
  memory_used_bytes: "used",
  memory_max_bytes: "max",
  commands_per_second: "ops",
  connected_clients: "clients",
  keys: "keys",
};
const LINE = /^swiftcache_(\w+)\{instance_id="(\w+)",[^}]*\} (\S+)$/gm;

/** They change once a minute; with many instances the answer is large, and is asked for only as often as that. */
const FEW = 50;

/** @returns {Map<string, Figures>} by the instance's id */
export function useFigures() {
  const { data } = useLive(
    async ({ signal }) => parse(await call("GET", `/organizations/${session.get().who.organizationId}/metrics/prometheus`, { signal })),
    { every: (found) => (found && found.size > FEW ? 60 : 20) },
  );
  return data ?? new Map();
}

function parse(text) {
  const found = new Map();
  for (const [, family, id, value] of text.matchAll(LINE)) {
    if (!(family in NAMES)) continue;
    if (!found.has(id)) found.set(id, {});
    found.get(id)[NAMES[family]] = Number(value);
  }
  return found;
}
