// How an instance is, in one word.
import { html } from "../html.js";

/** @returns {{ label: string, tone: string, moving: boolean }} `moving` is true while it goes from one state to another */
export function look(instance) {
  switch (instance.status) {
    case "PROVISIONING":
      return { label: "Provisioning", tone: "info", moving: true };
    case "DELETING":
      return { label: "Deleting", tone: "warn", moving: true };
    case "DELETED":
      return { label: "Deleted", tone: "plain", moving: false };
    case "ERROR":
      return { label: "Error", tone: "bad", moving: false };
    default:
      return running(instance);
  }
}

function running(instance) {
  if (instance.finalBackup) return { label: "Last backup", tone: "warn", moving: true };
  if (instance.recovering) return { label: "Recovering", tone: "warn", moving: true };
  if (instance.notAnsweringSince) return { label: "Not answering", tone: "bad", moving: true };
  if (instance.change?.status === "IN_PROGRESS") return { label: "Changing", tone: "info", moving: true };
  return { label: "Running", tone: "good", moving: false };
}

export function Status({ instance }) {
  const { label, tone, moving } = look(instance);
  return html`<span class="badge ${tone}"><span class=${moving ? "dot moving" : "dot"}></span>${label}</span>`;
}

export const Badge = ({ tone = "plain", children }) => html`<span class="badge ${tone}">${children}</span>`;
