// How figures, sizes and times are said. Times are in the reader's zone.
const KB = 1024;

/** Bytes as the API's guides say them: 1 MB is 1024 × 1024 bytes. */
export function bytes(count) {
  if (count === null || count === undefined) return "–";
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  // What would be said as 1,024 is said as 1 of the next.
  while (value >= KB - 0.5 && unit < units.length - 1) {
    value /= KB;
    unit++;
  }
  return `${number(value, value < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

/** A figure with at most so many digits after the point. */
export function number(value, digits = 0) {
  if (value === null || value === undefined) return "–";
  return value.toLocaleString(undefined, { maximumFractionDigits: digits });
}

/** A large figure in few characters: 12.4K. */
export const short = (value) => value.toLocaleString("en", { notation: "compact", maximumFractionDigits: 1 });

/** From 0 to 1, as a percentage. */
export function percent(share) {
  if (share === null || share === undefined) return "–";
  return share.toLocaleString(undefined, { style: "percent", maximumFractionDigits: share > 0 && share < 0.1 ? 1 : 0 });
}

/** US dollars, as the API's prices are. */
export const money = (value) => value.toLocaleString("en-US", { style: "currency", currency: "USD" });

const ENGINES = { redis: "Redis", valkey: "Valkey" };

/** An engine and its version, which is not known in a task's first minute. */
export const engineText = (engine, version) => [ENGINES[engine], version].filter(Boolean).join(" ");

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

export const moment = (text) => MOMENT.format(new Date(text));
export const exact = (text) => EXACT.format(new Date(text));

/** "3 minutes ago", "in 2 days". */
export function relative(text, now = Date.now()) {
  const seconds = (new Date(text).getTime() - now) / 1000;
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS.at(-1);
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

/** How long something took: "0.4 s", "12 s", "3 min 20 s". */
export function duration(seconds) {
  if (seconds < 10) return `${number(Math.max(0, seconds), 1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds % 60);
  if (minutes < 60) return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "1 key", "2 keys". */
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;
