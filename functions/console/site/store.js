// A value that parts of the page look at together.
import { useEffect, useState } from "./html.js";

/** @template T @param {T} first */
export function store(first) {
  let value = first;
  const listeners = new Set();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener(value);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The value of a store; the part is drawn again when it changes. */
export function useStore(found) {
  const [value, setValue] = useState(found.get());
  useEffect(() => {
    setValue(found.get());
    return found.subscribe((next) => setValue(next));
  }, [found]);
  return value;
}
