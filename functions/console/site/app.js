// The console begins here: who is signed in, which page the address means, and what is around it.
import { html, render, useEffect, useRef, useState } from "./html.js";
import { ProblemNote } from "./parts/problem.js";
import { Shell } from "./parts/shell.js";
import { SignInPage } from "./parts/sign_in.js";
import { match, navigate, place, start } from "./router.js";
import { load, session } from "./session.js";
import { useStore } from "./store.js";

/** By the pattern of its path, the module of each page. The first that fits is taken. */
const PAGES = [
  ["/instances", () => import("./pages/instances.js")],
  ["/instances/new", () => import("./pages/create.js")],
  ["/instances/:instanceId", () => import("./pages/instance.js")],
  ["/instances/:instanceId/:section", () => import("./pages/instance.js")],
  ["/organization", () => import("./pages/organization.js")],
  ["/organization/webhooks/:webhookId", () => import("./pages/webhook.js")],
  ["/organization/:section", () => import("./pages/organization.js")],
  ["/operator", () => import("./pages/operator.js")],
  ["/operator/:section", () => import("./pages/operator.js")],
  ["/operator/organizations/new", () => import("./pages/new_organization.js")],
  ["/operator/organizations/:organizationId", () => import("./pages/other_organization.js")],
  ["/operator/organizations/:organizationId/:section", () => import("./pages/other_organization.js")],
];

const NOT_FOUND = [() => import("./pages/not_found.js"), {}];

function found(path) {
  for (const [pattern, page] of PAGES) {
    const parameters = match(pattern, path);
    if (parameters) return [page, parameters];
  }
  return NOT_FOUND;
}

function Page() {
  const { path, query } = useStore(place);
  const [page, parameters] = found(path);
  const [state, setState] = useState({});
  useEffect(() => {
    let wanted = true;
    page().then(
      (module) => wanted && setState({ page, Shown: module.default }),
      (problem) => wanted && setState({ page, problem }),
    );
    return () => (wanted = false);
  }, [page]);
  // The page before stays as it was until the next one is there.
  const shown = useRef(null);
  if (state.page === page) shown.current = { parameters, query };
  if (state.problem && state.page === page) return html`<${Outdated} />`;
  if (!state.Shown) return null;
  const given = shown.current;
  return html`<${state.Shown} ...${given.parameters} query=${given.query} key=${given.parameters.instanceId ?? given.parameters.organizationId ?? given.parameters.webhookId} />`;
}

/** A part of the page could not be loaded: there is a new release, or no connection. */
const Outdated = () => html`
  <div class="page narrow">
    <h1>This page cannot be loaded</h1>
    <p>The console was renewed since you opened it, or there is no connection.</p>
    <p><button type="button" class="button primary" onClick=${() => location.reload()}>Load the console anew</button></p>
  </div>
`;

function App() {
  const { state } = useStore(session);
  const { path } = useStore(place);
  const [problem, setProblem] = useState(null);
  const begin = () => load().then(() => setProblem(null), setProblem);
  useEffect(() => void begin(), []);
  useEffect(() => {
    if (path === "/") navigate("/instances", { replace: true });
  }, [path]);
  if (state === "unknown") return problem && html`<div class="page narrow"><${ProblemNote} problem=${problem} again=${begin} /></div>`;
  return state === "none" ? html`<${SignInPage} />` : html`<${Shell}><${Page} /><//>`;
}

start();
const root = document.getElementById("app");
root.replaceChildren();
render(html`<${App} />`, root);
