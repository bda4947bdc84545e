// Requests to the public API, as any client sends them. The cookie of the session goes along by itself.
import { API } from "./address.js";
import { store } from "./store.js";

/** What stands in the way of requests at this moment: "", "offline" or "busy", and until when the next one waits. */
export const traffic = store({ state: "", until: 0 });

const waiting = new Map();

/** Notes that a request waits, or that it does not any more. */
function note(request, state, until) {
  state ? waiting.set(request, { state, until }) : waiting.delete(request);
  const [first] = [...waiting.values()].sort((one, other) => one.until - other.until);
  traffic.set(first ?? { state: "", until: 0 });
}

const PATIENCE = 8;
const LONGEST_PAUSE = 30_000;

/** An error of the API (RFC 9457), or of the way to it. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? body.message ?? "The answer cannot be read.");
    this.status = status;
    this.title = body.title ?? "";
    this.code = body.code ?? "";
    this.requestId = body.requestId ?? "";
    this.limits = body.limits ?? [];
    this.errors = body.errors ?? [];
  }

  /** What is wrong with the field at this pointer, such as "/name"; or undefined. */
  at(pointer) {
    return this.errors.find((error) => error.pointer === pointer)?.detail;
  }
}

/** Set by session.js: resolves when somebody has signed in again. */
let signedInAgain = async (problem) => {
  throw problem;
};

export function whenSignedOut(callback) {
  signedInAgain = callback;
}

/** The path with a query, without the parameters that have no value. */
export function withQuery(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(given).toString();
  return text ? `${path}?${text}` : path;
}

/**
 * Sends a request and gives the answer's JSON (its text, if it is none; null, if there is nothing).
 *
 * It waits and goes on by itself while there is no connection, the service is busy or too much was asked, and while somebody
 * signs in again. What changes something has one idempotency key over all tries, so it is done once.
 *
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {{ body?: object, query?: object, signal?: AbortSignal, authorization?: string, renew?: boolean }} [options]
 * @throws {Problem}
 */
export async function call(method, path, { body, query, signal, authorization, renew = true } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && path !== "/session") headers["Idempotency-Key"] = crypto.randomUUID();
  if (authorization) headers.Authorization = authorization;
  const request = { method, headers, signal, credentials: "same-origin", cache: "no-store", body: body && JSON.stringify(body) };
  try {
    for (let attempt = 0; ; attempt++) {
      const { answer, problem, state, pause } = await attempted(API + withQuery(path, query), request);
      if (answer) return await read(answer);
      if (problem.status === 401 && renew) {
        await signedInAgain(problem);
      } else if (pause !== undefined && (method === "GET" || attempt < PATIENCE)) {
        const milliseconds = Math.min(pause ?? 1000 * 2 ** attempt, LONGEST_PAUSE);
        note(request, state, Date.now() + milliseconds);
        await paused(milliseconds, state === "offline", signal);
      } else {
        throw problem;
      }
    }
  } finally {
    note(request, "", 0);
  }
}

async function read(response) {
  if (response.status === 204) return null;
  return response.headers.get("content-type")?.includes("json") ? response.json() : response.text();
}

async function attempted(url, request) {
  let response;
  try {
    response = await fetch(url, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return { problem: new Problem(0, { detail: "There is no connection to the service.", code: "OFFLINE" }), state: "offline", pause: null };
  }
  if (response.ok) return { answer: response };
  const body = await response.json().catch(() => ({}));
  const problem = new Problem(response.status, body);
  const comesBack = response.status === 503 || (response.status === 429 && problem.code !== "LIMIT_EXCEEDED");
  // A Redis that does not answer says something about that instance, and not about the service.
  if (!comesBack || problem.code === "REDIS_UNREACHABLE") return { problem };
  return { problem, state: "busy", pause: 1000 * (Number(response.headers.get("retry-after")) || 2) };
}

function paused(milliseconds, offline, signal) {
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal?.removeEventListener("abort", ended);
      resolve();
    };
    const ended = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      reject(signal.reason);
    };
    const timer = setTimeout(done, milliseconds);
    if (offline) addEventListener("online", done);
    signal?.addEventListener("abort", ended);
  });
}

/** All items of a list that comes in pages; `each` is called with what is there so far. */
export async function all(path, name, { query = {}, signal, each } = {}) {
  const found = [];
  let cursor;
  do {
    const page = await call("GET", path, { query: { ...query, cursor }, signal });
    found.push(...page[name]);
    cursor = page.nextCursor;
    each?.(found, !cursor);
  } while (cursor);
  return found;
}
