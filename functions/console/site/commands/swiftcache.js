// A request as a line with our command line (docs/cli.md), where it has a word that sends the same.
// tests/browser/test_commands.py runs each of these by the command line itself.
import { match } from "../router.js";
import { lines, word } from "./shell.js";

const KB = 1024;
const SHORT = 72;

/** Bytes as they are typed: 512MB, or a plain number where no unit fits. */
function size(bytes) {
  if (bytes === null) return "";
  const unit = [["GB", KB ** 3], ["MB", KB ** 2], ["KB", KB]].find(([, many]) => bytes % many === 0);
  return unit ? `${bytes / unit[1]}${unit[0]}` : String(bytes);
}

const schedule = ({ every, at, keep }) => `${every}${at ? `@${at}` : ""}:${keep}`;
const maintenanceWindow = ({ day, at, hours }) => `${day ? `${day}@` : ""}${at}+${hours}h`;

// What a field of a body is as options: each a list of words.
const text = (option) => (value) => [[option, String(value)]];
const switched = (option) => (on) => [[on ? `--${option}` : `--no-${option}`]];
const flag = (option) => (on) => (on ? [[option]] : []);
const each = (option) => (values) => values.map((value) => [option, value]);
const orWord = (option, none, said) => (value) => [[option, value === null ? none : said(value)]];
const unsaid = () => [];

const INSTANCE = {
  // That of the account key, as the form's.
  organizationId: unsaid,
  maxMemory: (bytes) => [["--memory", size(bytes)]],
  region: text("--region"),
  engine: text("--engine"),
  evictionPolicy: text("--eviction-policy"),
  notifyKeyspaceEvents: text("--notify-keyspace-events"),
  settings: (given) => Object.entries(given).map(([name, value]) => ["--setting", `${name}=${value}`]),
  persistence: switched("persistence"),
  deletionProtection: switched("deletion-protection"),
  expiresAt: (at) => (at === null ? [["--never-expires"]] : [["--expires-at", at]]),
  backupSchedule: orWord("--backup-schedule", "none", schedule),
  recoverFromBackup: switched("recover-from-backup"),
  maintenanceWindow: orWord("--maintenance-window", "default", maintenanceWindow),
  restoreFrom: text("--restore-from"),
  restoreKeys: flag("--restore-keys"),
  allowedCidrs: each("--allowed-cidr"),
  allowEviction: flag("--allow-eviction"),
};

const BACKUP = { name: text("--name"), retentionDays: text("--retention-days") };
const KEY = { name: text("--name"), role: (role) => (role === "read-only" ? [["--read-only"]] : []) };
const MEMBER = { name: text("--name"), role: text("--role") };
const ACCOUNT_KEY = { role: text("--role"), memberId: text("--member"), expiresAt: text("--expires-at") };
const WEBHOOK = { url: text("--url"), events: each("--event"), enabled: (on) => [[on ? "--enabled" : "--disabled"]] };
// Without a name of an event it is all of them.
const NEW_WEBHOOK = { events: (events) => (events.includes("*") ? [] : each("--event")(events)), description: text("--description") };
const AUDIT = {
  action: text("--action"),
  memberId: text("--member"),
  targetId: text("--target"),
  instanceId: text("--instance"),
  since: text("--since"),
  until: text("--until"),
  limit: text("--limit"),
};

/**
 * By method and path: the words, the names that follow them, and the fields that become options, with what becomes of each.
 * `sure`: it would ask, and here somebody has been asked. In the place of `:organization` there is the option of that name.
 */
export const WORDS = [
  ["POST", "/instances", ({ body: { name, ...fields } }) => ({ words: "instances create", names: [name], fields, options: INSTANCE })],
  ["GET", "/instances/:id", ({ id }) => ({ words: "instances get", names: [id] })],
  ["PATCH", "/instances/:id", ({ id, body }) => ({ words: "instances set", names: [id], fields: body, options: { ...INSTANCE, name: text("--name") }, sure: true })],
  ["DELETE", "/instances/:id", ({ id, query }) => ({ words: "instances delete", names: [id], fields: query, options: { finalBackup: text("--final-backup") }, sure: true })],
  ["POST", "/instances/:id/replace", ({ id }) => ({ words: "instances replace", names: [id], sure: true })],
  ["GET", "/instances/:id/metrics", ({ id, query }) => ({ words: "metrics", names: [id], fields: query, options: { period: text("--period") } })],
  ["POST", "/instances/:id/keys", ({ id, body }) => ({ words: "keys create", names: [id], fields: body, options: KEY })],
  ["DELETE", "/instances/:id/keys/:key", ({ id, key }) => ({ words: "keys revoke", names: [id, key], sure: true })],
  ["POST", "/instances/:id/maintenance/:reason/now", ({ id, reason }) => ({ words: "maintenance now", names: [id, reason], sure: true })],
  ["POST", "/instances/:id/maintenance/:reason/defer", ({ id, reason }) => ({ words: "maintenance defer", names: [id, reason] })],
  ["POST", "/instances/:id/backups", ({ id, body }) => ({ words: "backups create", names: [id], fields: body, options: BACKUP })],
  ["POST", "/backups/:id/download", ({ id }) => ({ words: "backups download", names: [id, `${id}.rdb`] })],
  ["POST", "/backups/:id/undelete", ({ id }) => ({ words: "backups undelete", names: [id] })],
  ["DELETE", "/backups/:id", ({ id }) => ({ words: "backups delete", names: [id], sure: true })],
  ["GET", "/organizations", () => ({ words: "org list" })],
  ["PATCH", "/organizations/:organization", ({ body: { name, ...fields } }) => ({ words: "org rename", names: [name], fields })],
  ["POST", "/organizations/:id/suspend", ({ id }) => ({ words: "org suspend", names: [id], sure: true })],
  ["POST", "/organizations/:id/resume", ({ id }) => ({ words: "org resume", names: [id] })],
  ["GET", "/organizations/:organization/usage", () => ({ words: "org usage" })],
  ["GET", "/organizations/:organization/audit", ({ query }) => ({ words: "audit", fields: query, options: AUDIT })],
  ["POST", "/organizations/:organization/members", ({ body: { name, ...fields } }) => ({ words: "org members add", names: [name], fields, options: MEMBER })],
  ["PATCH", "/organizations/:organization/members/:id", ({ id, body }) => ({ words: "org members set", names: [id], fields: body, options: MEMBER })],
  ["DELETE", "/organizations/:organization/members/:id", ({ id }) => ({ words: "org members remove", names: [id], sure: true })],
  ["POST", "/organizations/:organization/keys", ({ body: { name, ...fields } }) => ({ words: "org keys create", names: [name], fields, options: ACCOUNT_KEY })],
  ["DELETE", "/organizations/:organization/keys/:id", ({ id }) => ({ words: "org keys revoke", names: [id], sure: true })],
  ["POST", "/organizations/:organization/webhooks", ({ body: { url, ...fields } }) => ({ words: "webhooks create", names: [url], fields, options: NEW_WEBHOOK })],
  ["PATCH", "/organizations/:organization/webhooks/:id", ({ id, body }) => ({ words: "webhooks set", names: [id], fields: body, options: WEBHOOK })],
  ["DELETE", "/organizations/:organization/webhooks/:id", ({ id }) => ({ words: "webhooks delete", names: [id], sure: true })],
  ["POST", "/organizations/:organization/webhooks/:id/test", ({ id }) => ({ words: "webhooks test", names: [id] })],
];

/** The line; null where the command line has no word for it, or cannot say one of its fields. `own` is whose account key is used. */
export function swiftcache(method, path, { body = {}, query = {}, own } = {}) {
  for (const [wanted, pattern, told] of WORDS) {
    const given = wanted === method && match(pattern, path);
    if (given) return line(told({ ...given, body, query }), given.organization === own ? undefined : given.organization);
  }
  return null;
}

function line({ words, names = [], fields = {}, options: known = {}, sure = false }, organization) {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  // An empty list is no option at all, and would be as if it were not said.
  if (said.some(([field, value]) => !(field in known) || (Array.isArray(value) && value.length === 0))) return null;
  const options = [...said.flatMap(([field, value]) => known[field](value)), ...(sure ? [["--yes"]] : [])];
  // What begins with a dash is a name all the same behind two of them.
  const last = names.some((name) => name.startsWith("-")) ? [["--", ...names]] : [];
  const first = ["swiftcache", ...(organization ? ["--organization", organization] : []), ...words.split(" "), ...(last.length ? [] : names)];
  const parts = [first, ...options, ...last].map((part) => part.map(word).join(" "));
  const whole = parts.join(" ");
  return whole.length <= SHORT ? whole : lines(parts);
}
