// Reading again and again while somebody looks: the state of the server, and never a guess.
import { useEffect, useRef, useState } from "./html.js";

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
 * @param {(signal: AbortSignal, before: any) => Promise<any>} read
 * @param {{ every: number | ((data: any) => number), deps?: any[] }} options seconds; Infinity reads once, and after changes
 * @returns {{ data: any, problem: any, again: () => void }}
 */
export function useLive(read, { every, deps = [] }) {
  const [state, setState] = useState({ data: undefined, problem: null });
  const wake = useRef(() => {});
  useEffect(() => {
    const ends = new AbortController();
    const wakers = new Set();
    let data;
    setState({ data: undefined, problem: null });
    const go = async () => {
      while (!ends.signal.aborted) {
        let found;
        try {
          data = await read(ends.signal, data);
          found = { data, problem: null };
        } catch (problem) {
          if (ends.signal.aborted) return;
          found = { data, problem };
        }
        if (ends.signal.aborted) return;
        setState(found);
        const seconds = typeof every === "function" ? every(data, found.problem) : every;
        if (seconds > 0) await pause(Math.min(seconds, 86_400), ends.signal, wakers);
      }
    };
    wake.current = () => [...wakers].forEach((done) => done());
    looking.add(wake.current);
    const own = wake.current;
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
