// One instance, as the server has it now: by the API's long poll while it is made or deleted, else every few seconds.
import { call } from "../api.js";
import { useLive } from "../live.js";
import { look } from "../parts/status.js";

const LONG_POLL = { PROVISIONING: "RUNNING", DELETING: "DELETED" };
/** Seconds that a request waits for the next status. */
const PATIENCE = 20;
const MOVING = 1;
const CALM = 3;

/** `instance` is the last that was seen of it; `gone` when it is not there any more, or never was. */
export function useInstance(id) {
  const { data, problem, again } = useLive(({ signal, before }) => read(id, before, signal), {
    every: (found, wrong) => {
      if (wrong) return wrong.status === 404 ? Infinity : CALM;
      if (found.status === "DELETED") return Infinity;
      if (LONG_POLL[found.status]) return 0;
      return look(found).moving || !found.allowedCidrsInForce ? MOVING : CALM;
    },
    deps: [id],
  });
  const gone = data?.status === "DELETED" || problem?.status === 404;
  return { instance: data, gone, problem: gone ? null : problem, again };
}

async function read(id, before, signal) {
  const waitFor = LONG_POLL[before?.status];
  const query = waitFor ? { waitFor, timeout: PATIENCE } : {};
  return (await call("GET", `/instances/${id}`, { query, signal })).instance;
}

/** What has happened to it, step by step; read each second while something is under way. */
export function useTimeline(id, moving) {
  const { data, problem } = useLive(
    async ({ signal }) => ({ ...(await call("GET", `/instances/${id}/timeline`, { signal })).timeline, readAt: Date.now() }),
    { every: moving ? MOVING : 30, deps: [id, moving] },
  );
  return { timeline: data, problem };
}
