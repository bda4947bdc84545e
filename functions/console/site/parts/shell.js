// What is around every page: the way past the header, the header, what stands in the way of requests, short messages.
import { DOCS } from "../address.js";
import { traffic } from "../api.js";
import { html, useState } from "../html.js";
import { useNow } from "../live.js";
import { href, place } from "../router.js";
import { may, session, signOut } from "../session.js";
import { useStore } from "../store.js";
import { Icon, Logo } from "./icons.js";
import { Notices } from "./notices.js";
import { SignInAgain } from "./sign_in.js";
import { ThemeSwitch } from "./theme_switch.js";

/** Where the header leads: path, words, for whom. A new area of the console is a line here and its routes in app.js. */
const AREAS = [
  ["/instances", "Instances", "read"],
  ["/organization", "Organization", "read"],
  ["/operator", "Operator", "operate"],
];

function Header() {
  const { who } = useStore(session);
  const { path } = useStore(place);
  return html`
    <header class="top">
      <div class="top-inside">
        <a class="home" href=${href("/instances")} aria-label="SwiftCache, instances"><${Logo} /><span>SwiftCache</span></a>
        <nav aria-label="Areas">
          ${AREAS.filter(([, , permission]) => may(permission)).map(([to, words]) => html`<a key=${to} href=${href(to)} aria-current=${path.startsWith(to) ? "page" : undefined}>${words}</a>`)}
          <a href=${DOCS} target="_blank" rel="noreferrer">API</a>
        </nav>
        <div class="top-end">
          <${ThemeSwitch} />
          <${Account} who=${who} />
        </div>
      </div>
    </header>
  `;
}

function Account({ who }) {
  const [open, setOpen] = useState(false);
  const leave = (event) => {
    if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
  };
  const escape = (event) => {
    if (event.key !== "Escape") return;
    setOpen(false);
    event.currentTarget.querySelector("summary").focus();
  };
  return html`
    <details class="account" open=${open} onFocusOut=${leave} onKeyDown=${escape}>
      <summary
        onClick=${(event) => {
          event.preventDefault();
          setOpen(!open);
        }}
      >
        <span class="organization">${who.organizationName}</span>
      </summary>
      <div class="account-menu card">
        <dl class="facts">
          <div><dt>Organization</dt><dd>${who.organizationName}<br /><code class="faint">${who.organizationId}</code></dd></div>
          <div><dt>Signed in as</dt><dd>${who.memberName ?? who.memberId}, ${who.role}</dd></div>
        </dl>
        <button type="button" class="button" onClick=${signOut}>Sign out</button>
      </div>
    </details>
  `;
}

/** Says that requests wait, why, and when they go on. */
function Traffic() {
  const { state, until } = useStore(traffic);
  return html`<div role="status" aria-live="polite">${state && html`<${Waiting} state=${state} until=${until} />`}</div>`;
}

function Waiting({ state, until }) {
  const left = Math.max(0, Math.ceil((until - useNow() + 500) / 1000));
  return html`
    <p class="banner">
      <${Icon} name="clock" />
      ${state === "offline" ? "No connection to the service." : "The service is busy."} This page goes on by itself${" "}
      <span aria-hidden="true">${left > 0 ? `in ${left} s` : "now"}</span>
    </p>
  `;
}

export function Shell({ children }) {
  const { state } = useStore(session);
  return html`
    <a class="skip" href="#content">Skip to the content</a>
    <${Header} />
    <${Traffic} />
    <main id="content" tabindex="-1">${children}</main>
    <${Notices} />
    ${state === "ended" && html`<${SignInAgain} />`}
  `;
}
