// Who is signed in. The account key is exchanged for a cookie that no script can read, and is kept nowhere.
import { call, whenSignedOut } from "./api.js";
import { href } from "./router.js";
import { store } from "./store.js";

/**
 * `state` is "unknown" until the API was asked, "none", "active", or "ended": then `reason` says why, and what was being done
 * goes on when somebody has signed in again.
 */
export const session = store({ state: "unknown", who: null, reason: "" });

/** From the least to the most. Each may do all that those before it may. */
export const ROLES = ["viewer", "developer", "admin", "owner", "operator"];
const LEAST = { read: "viewer", use: "developer", delete: "admin", manage: "admin", own: "owner", operate: "operator" };

let waiting = [];

const windows = new BroadcastChannel("swiftcache.session");
windows.onmessage = ({ data }) => {
  if (data === "out") forget();
  else if (session.get().state !== "active") load();
};

/** The lowest role that has this permission (as in api/routes.py). */
export const leastRole = (permission) => LEAST[permission];

/** Whether whoever is signed in may do what needs this permission. The API decides; this is for not offering it. */
export function may(permission) {
  const { who } = session.get();
  return Boolean(who) && ROLES.indexOf(who.role) >= ROLES.indexOf(LEAST[permission]);
}

/** Asks who is signed in. */
export async function load() {
  try {
    entered((await call("GET", "/session", { renew: false })).session);
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    if (session.get().state === "unknown") session.set({ state: "none", who: null, reason: "" });
  }
}

/** Exchanges an account key for a session. Throws a Problem if it is none. */
export async function signIn(key) {
  entered((await call("POST", "/session", { authorization: `Bearer ${key}`, renew: false })).session);
  windows.postMessage("in");
}

/** Whether one role may more than another. */
export const outranks = (one, other) => ROLES.indexOf(one) > ROLES.indexOf(other);

/** Ends the session, in every window; `reason` is said where one signs in again. */
export async function signOut({ reason = "" } = {}) {
  await call("DELETE", "/session", { renew: false }).catch((problem) => {
    if (problem.status !== 401) throw problem;
  });
  forget(reason);
  windows.postMessage("out");
}

function forget(reason = "") {
  waiting = [];
  session.set({ state: "none", who: null, reason });
}

function entered(who) {
  const before = session.get().who;
  if (before && before.organizationId !== who.organizationId) {
    // Nothing of another organization may stay on the screen.
    location.assign(href("/"));
    return;
  }
  session.set({ state: "active", who, reason: "" });
  for (const goOn of waiting.splice(0)) goOn();
}

whenSignedOut((problem) => {
  // What was asked for before somebody signed out, and is answered after it.
  if (!session.get().who) throw problem;
  session.set({ ...session.get(), state: "ended", reason: problem.message });
  return new Promise((resolve) => waiting.push(resolve));
});
