// What the audit log tells of and webhooks send, by the API's names; a test holds this equal to the service's own list.
export const ACTIONS = {
  Organization: ["organization.created", "organization.changed", "organization.suspended", "organization.resumed", "organization.deleted"],
  Members: ["member.added", "member.changed", "member.removed"],
  "Account keys": ["account_key.created", "account_key.revoked"],
  Instances: [
    "instance.created",
    "instance.changed",
    "instance.resized",
    "instance.resize_failed",
    "instance.replacing",
    "instance.replaced",
    "instance.replace_failed",
    "instance.maintenance_scheduled",
    "instance.maintenance_deferred",
    "instance.maintenance_requested",
    "instance.maintenance_withdrawn",
    "instance.end_of_life_announced",
    "instance.not_answering",
    "instance.answering",
    "instance.recovering",
    "instance.recovered",
    "instance.deletion_requested",
    "instance.deletion_failed",
    "instance.undeleted",
  ],
  "Keys of instances": ["instance.key.created", "instance.key.revoked"],
  Backups: [
    "backup.requested",
    "backup.skipped",
    "backup.available",
    "backup.failed",
    "backup.verified",
    "backup.downloaded",
    "backup.deletion_requested",
    "backup.deleted",
  ],
  Rollouts: ["rollout.resumed", "rollout.abandoned", "rollout.undoing"],
  Webhooks: ["webhook.created", "webhook.changed", "webhook.deleted"],
};

/** What webhooks send beside these. */
export const STATUS_CHANGED = "instance.status_changed";

/** "Instance deletion requested" */
export function words(action) {
  const text = action.replaceAll(/[._]/g, " ");
  return text[0].toUpperCase() + text.slice(1);
}
