// Newer images on their way through the fleet: how far each has come, why it has stopped, and what to do about it.
import { call } from "../api.js";
import { count, engineText, number, percent } from "../format.js";
import { html, useState } from "../html.js";
import { useAction, useLive } from "../live.js";
import { AsCommand } from "../parts/as_command.js";
import { Dialog } from "../parts/dialog.js";
import { submitted } from "../parts/forms.js";
import { Heading } from "../parts/heading.js";
import { say } from "../parts/notices.js";
import { Loading, Note, ProblemNote } from "../parts/problem.js";
import { Badge } from "../parts/status.js";
import { Time } from "../parts/time.js";

const PATH = "/operations/rollouts";

const LOOKS = {
  IN_PROGRESS: ["In progress", "info"],
  STOPPED: ["Stopped", "bad"],
  SUCCEEDED: ["Succeeded", "good"],
  ABANDONED: ["Given up", "plain"],
  UNDOING: ["Going back", "warn"],
  UNDONE: ["Undone", "plain"],
};

const STEPS = {
  resume: {
    words: "Resume",
    from: ["STOPPED"],
    does: "It goes on with the wave at which it was. What went wrong until now is known, and does not stop it again.",
    done: "The rollout goes on",
  },
  undo: {
    words: "Undo",
    from: ["IN_PROGRESS", "STOPPED", "SUCCEEDED", "ABANDONED"],
    does: "Whoever runs its version gets a new task of the image that is deployed, at once and with all data. That must be an earlier patch of the line: deploy it before, or it waits until you have.",
    done: "The rollout is undone",
  },
  abandon: {
    words: "Give up",
    from: ["IN_PROGRESS", "STOPPED", "UNDOING"],
    does: "What has not begun is withdrawn, what was replaced stays so, and this version is not begun again by itself.",
    done: "The rollout is given up",
  },
};

export default function Rollouts() {
  const { data, problem, again } = useLive(({ signal }) => call("GET", PATH, { signal }), { every: 10 });
  return html`
    <${Heading} level=${2}>Rollouts<//>
    <p>A newer image comes to a canary first, then to 1, 5 and 20 % of those that need it, then to all, each in its window.</p>
    <${ProblemNote} problem=${problem} again=${again} what="The rollouts could not be read" />
    ${!data && !problem && html`<${Loading} lines=${4} what="Reading the rollouts" />`}
    ${data?.rollouts.length === 0 && html`<div class="card empty"><p>There was none yet: one begins when an image is deployed that is newer than what instances of its line run.</p></div>`}
    ${data?.rollouts.map((rollout) => html`<${Rollout} key=${rollout.id} rollout=${rollout} />`)}
    ${data && html`<${AsCommand} method="GET" path=${PATH} />`}
  `;
}

function Rollout({ rollout }) {
  const [step, setStep] = useState(null);
  const [words, tone] = LOOKS[rollout.status];
  const name = engineText(rollout.engine, rollout.version);
  const possible = Object.keys(STEPS).filter((one) => STEPS[one].from.includes(rollout.status));
  return html`
    <section class="card section" aria-labelledby=${rollout.id}>
      <div class="section-head"><h3 id=${rollout.id}>${name}</h3><${Badge} tone=${tone}>${words}<//></div>
      <p>
        Begun <${Time} at=${rollout.startedAt} />. Wave ${rollout.wave + 1} of ${rollout.waves}${" "}
        (${rollout.share === 0 ? "the canary" : percent(rollout.share)}):${" "}
        ${number(rollout.replaced)} of ${count(rollout.total, "instance")} have it, ${number(rollout.waiting)} are waiting,${" "}
        ${number(rollout.failed)} could not be replaced, ${number(rollout.worse)} are worse.
      </p>
      ${rollout.why && html`<${Note} tone=${rollout.status === "STOPPED" ? "bad" : "warn"}><p>${rollout.why.message}</p><//>`}
      <div class="actions">
        ${possible.map((one) => html`<button key=${one} type="button" class="button" onClick=${() => setStep(one)}>${STEPS[one].words}…</button>`)}
      </div>
      ${step && html`<${Confirm} rollout=${rollout} name=${name} step=${step} onClose=${() => setStep(null)} />`}
    </section>
  `;
}

function Confirm({ rollout, name, step, onClose }) {
  const { words, does, done } = STEPS[step];
  const path = `${PATH}/${rollout.id}/${step}`;
  const action = useAction(() => call("POST", path));
  const send = async () => {
    if (!(await action.run())) return;
    onClose();
    say(done);
  };
  return html`
    <${Dialog} title="${words} the rollout of ${name}?" onClose=${onClose}>
      <form class="form" onSubmit=${submitted(send)}>
        <p>${does}</p>
        <${ProblemNote} problem=${action.problem} what="It was not done" />
        <div class="actions">
          <button class="button primary" disabled=${action.busy}>${words}</button>
          <button type="button" class="button" onClick=${onClose}>Leave it as it is</button>
        </div>
        <${AsCommand} method="POST" path=${path} />
      </form>
    <//>
  `;
}
