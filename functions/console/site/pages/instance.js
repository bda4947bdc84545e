// One instance: where it stands in its life, and by sections how to use, watch and change it.
import { html, useEffect, useRef } from "../html.js";
import { Ended } from "../instance/ended.js";
import { Progress } from "../instance/progress.js";
import { OneTimeKeys } from "../instances/one_time_key.js";
import { useInstance } from "../instances/one.js";
import { CopyLine } from "../parts/copy.js";
import { Heading } from "../parts/heading.js";
import { Icon } from "../parts/icons.js";
import { say } from "../parts/notices.js";
import { Loading, Note, ProblemNote } from "../parts/problem.js";
import { Sections } from "../parts/sections.js";
import { Status } from "../parts/status.js";
import { Time } from "../parts/time.js";
import { href } from "../router.js";

const SECTIONS = {
  "": ["Overview", () => import("../instance/overview.js")],
  connect: ["Connect", () => import("../instance/connect.js")],
  metrics: ["Metrics", () => import("../instance/metrics.js")],
  keys: ["Keys", () => import("../instance/keys.js")],
  backups: ["Backups", () => import("../instance/backups.js")],
  settings: ["Settings", () => import("../instance/settings.js")],
};

/** What can be looked at although it does not run. */
const ALWAYS = ["backups"];

export default function Instance({ instanceId, section = "" }) {
  const { instance, gone, problem, again } = useInstance(instanceId);
  useNews(instance);
  const name = instance?.name ?? instanceId;
  return html`
    <div class="page">
      <div>
        <a class="back" href=${href("/instances")}><${Icon} name="back" />Instances</a>
        <div class="page-head">
          <${Heading} title=${name}>${name}<//>
          ${instance && html`<${Status} instance=${gone ? { status: "DELETED" } : instance} />`}
          ${instance?.hostname && !gone && html`<span class="hostname"><${CopyLine} text=${instance.hostname} what="the hostname" /></span>`}
        </div>
      </div>
      ${!instance && !problem && !gone && html`<${Loading} lines=${5} what="Reading the instance" />`}
      <${ProblemNote} problem=${problem} again=${again} what="The instance could not be read" />
      ${!gone && html`<${OneTimeKeys} instanceId=${instanceId} />`}
      ${gone ? html`<${Ended} instanceId=${instanceId} seen=${instance} />` : instance && html`<${Life} instance=${instance} section=${section} />`}
    </div>
  `;
}

/** Says aloud what the status has become. */
function useNews(instance) {
  const before = useRef(null);
  useEffect(() => {
    const was = before.current;
    before.current = instance?.status;
    if (!was || !instance || was === instance.status) return;
    const words = { RUNNING: "is running", ERROR: "could not be made", DELETING: "is being deleted", DELETED: "is gone" };
    say(`${instance.name} ${words[instance.status] ?? instance.status}`);
  }, [instance?.status]);
}

function Life({ instance, section }) {
  if (instance.status !== "RUNNING" && !ALWAYS.includes(section)) return html`<${Progress} instance=${instance} />`;
  return html`
    ${instance.status === "RUNNING" && html`<${Warnings} instance=${instance} />`}
    <${Sections} label="Sections of ${instance.name}" base=${`/instances/${instance.id}`} sections=${SECTIONS} section=${section} instance=${instance} />
  `;
}

function Warnings({ instance }) {
  const { recovering, notAnsweringSince, finalBackup, finalBackupError, expiresAt, change } = instance;
  return html`
    ${recovering && html`<${Note} tone="warn" title="Its Redis has died, and another one takes its place"><p>Under the same name and with the same keys. It usually takes less than a minute.</p><//>`}
    ${notAnsweringSince && !recovering && html`<${Note} tone="bad" title="Its Redis does not answer"><p>Since <${Time} at=${notAnsweringSince} />. After a minute it is replaced by itself.</p><//>`}
    ${finalBackup && html`<${Note} tone="warn" title="It is deleted as soon as its last backup is there"><p>Writes wait meanwhile; reads go on.</p><//>`}
    ${finalBackupError && html`<${Note} tone="bad" title="It was not deleted, since there could be no last backup"><p>${finalBackupError.message}</p><p class="faint">${finalBackupError.code}</p><//>`}
    ${change?.status === "FAILED" && html`<${Note} tone="bad" title="The last change failed, and it is as it was"><p>${change.error?.message}</p><p class="faint">${change.error?.code}</p><//>`}
    ${expiresAt && html`<${Note} tone="warn"><p>It deletes itself <${Time} at=${expiresAt} /> (<${Time} at=${expiresAt} absolute />).</p><//>`}
  `;
}
