// A list that grows at its beginning and is read back page by page: the newest first, older ones when asked for.
import { call } from "../api.js";
import { useRef } from "../html.js";
import { useAction, useLive } from "../live.js";

/**
 * @param {string} path
 * @param {string} name of the list in the answer
 * @param {{ query?: object, key: (item: any) => string, every: number | ((items: any[]) => number) }} options
 *   `key` tells one item from others; `every` is the seconds between two looks at the newest
 * @returns {{ items: any[] | undefined, problem: any, again: () => void, more: boolean, older: { busy: boolean, problem: any, run: () => void } }}
 *   `more`: there are older ones, or may be
 */
export function useNewest(path, name, { query = {}, key, every }) {
  const asked = JSON.stringify([path, query]);
  const known = useRef({ asked });
  const live = useLive(
    async ({ signal, before }) => {
      const page = await call("GET", path, { query: { ...query, limit: 50 }, signal });
      if (follows(page, before, name, key)) return { items: joined(page[name], before.items, key), cursor: before.cursor };
      known.current.back = undefined;
      return { items: page[name], cursor: page.nextCursor };
    },
    { every: (found) => (typeof every === "function" ? every(found?.items ?? []) : every), deps: [asked] },
  );
  // What was read back further, for this question alone.
  if (known.current.asked !== asked) known.current = { asked };
  const back = known.current.back;
  const cursor = back ? back.cursor : live.data?.cursor;
  const older = useAction(async () => {
    const page = await call("GET", path, { query: { ...query, limit: 50, cursor } });
    if (known.current.asked === asked) known.current.back = { items: [...(back?.items ?? []), ...page[name]], cursor: page.nextCursor };
  });
  return {
    items: live.data && joined(live.data.items, back?.items ?? [], key),
    problem: live.problem,
    again: live.again,
    more: Boolean(cursor),
    older,
  };
}

/** Whether nothing is missing between what is newest now and what was known before. */
function follows(page, before, name, key) {
  if (!before) return false;
  const there = new Set(before.items.map(key));
  return !page.nextCursor || page[name].some((item) => there.has(key(item))) || (page[name].length === 0 && before.items.length === 0);
}

/** The first list, then what the second has more. */
function joined(newer, others, key) {
  const there = new Set(newer.map(key));
  return [...newer, ...others.filter((item) => !there.has(key(item)))];
}
