// Exchanging an account key for a session: as a page, or in a dialog when a session has ended in the middle of something.
import { html, useEffect, useRef, useState } from "../html.js";
import { session, signIn, signOut } from "../session.js";
import { Dialog } from "./dialog.js";
import { Field, submitted } from "./forms.js";
import { Heading } from "./heading.js";
import { Logo } from "./icons.js";
import { Note } from "./problem.js";

function SignInForm({ children }) {
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const input = useRef(null);
  useEffect(() => input.current.focus(), []);
  const enter = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await signIn(key.trim());
    } catch (found) {
      setProblem(found);
      setBusy(false);
      input.current?.focus();
    }
  };
  return html`
    <form onSubmit=${submitted(enter)} class="sign-in-form">
      <${Field} label="Account key" error=${problem?.message}>
        ${(tied) => html`
          <input
            ...${tied}
            ref=${input}
            type="password"
            value=${key}
            onInput=${(event) => setKey(event.target.value)}
            autocomplete="off"
            spellcheck=${false}
            placeholder="sk_live_…"
            required
          />
        `}
      <//>
      <div class="actions">
        <button class="button primary" disabled=${busy}>${busy ? "Signing in…" : "Sign in"}</button>
        ${children}
      </div>
    </form>
  `;
}

export const SignInPage = () => html`
  <main class="sign-in" id="content">
    <div class="card">
      <${Logo} />
      <${Heading} title="Sign in">Sign in to SwiftCache<//>
      ${session.get().reason && html`<${Note}><p>${session.get().reason}</p><//>`}
      <${SignInForm} />
      <p class="hint">
        The key is exchanged for a session of at most 12 hours and is kept nowhere. Revoke it, and the session ends.
      </p>
      <p class="hint">
        No key? Who runs this service makes one: <code>make first-key</code>. The local stack prints one when it starts.
      </p>
    </div>
  </main>
`;

/** What is on the page stays there, and what was asked for goes on after it. */
export const SignInAgain = () => html`
  <${Dialog} title="Sign in again">
    <p>Your session has ended: ${session.get().reason}</p>
    <p>This page stays as it is, and goes on where it was.</p>
    <${SignInForm}>
      <button type="button" class="button" onClick=${signOut}>Sign out</button>
    <//>
  <//>
`;
