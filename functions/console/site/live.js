// Reading again and again while somebody looks: the state of the server, and never a guess.
import { useEffect, useRef, useState } from "./html.js";

const DAY = 86_400;

const visible = () => document.visibilityState === "visible";

/** Resolves after so many seconds, or as soon as `wake` is called; and not while the page is hidden. */
function pause(seconds, signal, wakers) {
  return new Promise((resolve) => {
    const done = () => {
      if (!signal.aborted && !visible()) return;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", done);
      signal.removeEventListener("abort", done);
      wakers.delete(done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    document.addEventListener("visibilitychange", done);
    signal.addEventListener("abort", done);
    wakers.add(done);
  });
}

const windows = new BroadcastChannel("swiftcache.changes");
const looking = new Set();
windows.onmessage = () => wakeAll();

function wakeAll() {
  for (const wake of [...looking]) wake();
}

/** Something was changed: whatever is shown, here and in other windows, is read anew. */
export function changed() {
  wakeAll();
  windows.postMessage("changed");
}

/**
 * What `read` gives, read again every so many seconds.
 *
 * @param {(given: { signal: AbortSignal, before: any, show: (part: any) => void, woken: boolean }) => Promise<any>} read
 *   `before` is what it gave last; `show` shows what is there so far; `woken` says that something was changed
 * @param {{ every: number | ((data: any, problem: any) => number), deps?: any[] }} options seconds, 0 at once; Infinity reads
 *   once, and after changes
 * @returns {{ data: any, problem: any, again: () => void }} `data` stays when a later reading fails
 */
export function useLive(read, { every, deps = [] }) {
  const [state, setState] = useState({ data: undefined, problem: null });
  const wake = useRef(() => {});
  useEffect(() => {
    const ends = new AbortController();
    const { signal } = ends;
    const wakers = new Set();
    let woken = false;
    let data;
    const show = (next) => !signal.aborted && setState({ data: (data = next), problem: null });
    const own = () => {
      woken = true;
      [...wakers].forEach((done) => done());
    };
    const go = async () => {
      while (!signal.aborted) {
        const given = { signal, before: data, show, woken };
        woken = false;
        let found = null;
        try {
          show(await read(given));
        } catch (problem) {
          if (signal.aborted) return;
          setState({ data, problem: (found = problem) });
        }
        const seconds = typeof every === "function" ? every(data, found) : every;
        if (!woken && seconds > 0) await pause(Math.min(seconds, DAY), signal, wakers);
      }
    };
    setState({ data: undefined, problem: null });
    wake.current = own;
    looking.add(own);
    go();
    return () => {
      looking.delete(own);
      ends.abort();
    };
  }, deps);
  return { ...state, again: () => wake.current() };
}

/** What happens when somebody presses a button: one at a time, with its problem if there is one. */
export function useAction(act) {
  const [state, setState] = useState({ busy: false, problem: null });
  const there = useRef(true);
  useEffect(() => () => (there.current = false), []);
  const run = async (...given) => {
    setState({ busy: true, problem: null });
    try {
      const result = await act(...given);
      if (there.current) setState({ busy: false, problem: null });
      return result;
    } catch (problem) {
      if (there.current) setState({ busy: false, problem });
      return undefined;
    } finally {
      changed();
    }
  };
  return { ...state, run, forget: () => setState({ busy: false, problem: null }) };
}

/** The time of day, drawn again every so many seconds. */
export function useNow(seconds = 1) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return now;
}
