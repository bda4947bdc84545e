// What happened to an instance in a time: changes, recoveries, backups, as marks beside its figures.
import { call } from "../api.js";
import { session } from "../session.js";

/** By the action of the audit log: of which kind it is, and in words. */
const ACTIONS = {
  "instance.changed": ["change", "changed"],
  "instance.resized": ["change", "took another size"],
  "instance.resize_failed": ["change", "a change of size failed"],
  "instance.replaced": ["change", "its task was replaced"],
  "instance.replace_failed": ["change", "a replacement of its task failed"],
  "instance.not_answering": ["recovery", "did not answer"],
  "instance.recovering": ["recovery", "its Redis died"],
  "instance.recovered": ["recovery", "was recovered"],
  "backup.available": ["backup", "was backed up"],
};

export const KINDS = { change: "Changes", recovery: "Recoveries", backup: "Backups" };

/** @returns {Promise<{ at: number, kind: string, words: string }[]>} `at` in seconds since 1970, the newest first */
export async function readMarks(instanceId, since, signal) {
  const found = [];
  const path = `/organizations/${session.get().who.organizationId}/audit`;
  let cursor;
  do {
    const page = await call("GET", path, { query: { instanceId, limit: 100, cursor }, signal });
    const entries = page.entries.map(({ at, action }) => ({ at: new Date(at).getTime() / 1000, action }));
    const shown = entries.filter(({ at, action }) => at >= since && action in ACTIONS);
    found.push(...shown.map(({ at, action: name }) => ({ at, kind: ACTIONS[name][0], words: ACTIONS[name][1] })));
    cursor = entries.every(({ at }) => at >= since) && page.nextCursor;
  } while (cursor);
  return found;
}
