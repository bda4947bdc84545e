// All instances of the organization, as the server has them now.
import { all, call } from "../api.js";
import { useLive } from "../live.js";
import { look } from "../parts/status.js";
import { session } from "../session.js";

/** Between two readings of the whole list, in seconds. */
const WHOLE = 15;
/** Between two looks at those that go from one state to another. */
const MOVING = 1;
/** So many of them are looked at each time: a browser has six connections to a server. */
const AT_ONCE = 4;

const moving = (instances) => instances.filter((instance) => look(instance).moving);

/** The instances, those that are known first, each the same object as long as nothing of it changes. */
export function useInstances() {
  const { data, ...rest } = useLive(read, { every: (found) => (found && moving(found.instances).length > 0 ? MOVING : WHOLE) });
  return { instances: data?.instances, complete: data?.complete ?? false, ...rest };
}

async function read({ signal, before, show, woken }) {
  const due = !before?.complete || woken || Date.now() - before.at > WHOLE * 1000;
  return due ? whole(signal, before, show) : { ...before, ...(await looked(before, signal)) };
}

async function whole(signal, before, show) {
  const known = new Map(before?.instances.map((instance) => [instance.id, instance]));
  const at = Date.now();
  const same = (found) => found.map((instance) => unchanged(known.get(instance.id), instance));
  const query = { organizationId: session.get().who.organizationId, limit: 100 };
  const found = await all("/instances", "instances", {
    query,
    signal,
    each: (part, last) => !before && !last && show({ instances: same(part), complete: false, at }),
  });
  return { instances: same(found), complete: true, at };
}

/** Looks at some of those that move, the ones that were not looked at for longest first. */
async function looked({ instances, turn = 0 }, signal) {
  const going = moving(instances);
  const some = Array.from({ length: Math.min(AT_ONCE, going.length) }, (_, index) => going[(turn + index) % going.length]);
  const found = new Map(await Promise.all(some.map(async ({ id }) => [id, await one(id, signal)])));
  const next = instances.map((instance) => (found.has(instance.id) ? unchanged(instance, found.get(instance.id)) : instance));
  return { instances: next.filter(Boolean), turn: turn + some.length };
}

async function one(id, signal) {
  try {
    return (await call("GET", `/instances/${id}`, { signal })).instance;
  } catch (problem) {
    if (problem.status === 404) return null;
    throw problem;
  }
}

function unchanged(before, after) {
  return before && after && JSON.stringify(before) === JSON.stringify(after) ? before : after;
}
