// A page's sections: links that look like tabs, and the module of the one that the address names.
import { html, useEffect, useRef, useState } from "../html.js";
import { href } from "../router.js";
import { Loading, Note } from "./problem.js";

/**
 * @param {{ label: string, base: string, sections: Record<string, [string, () => Promise<any>]>, section: string }} given
 * `base` is the path of the page, and of its section ""; everything else is given to the section
 */
export function Sections({ label, base, sections, section, ...given }) {
  const [module, setModule] = useState(null);
  const load = sections[section]?.[1];
  useEffect(() => {
    let wanted = true;
    load?.().then(
      (found) => wanted && setModule({ section, Shown: found.default }),
      () => wanted && setModule({ section, Shown: Outdated }),
    );
    return () => (wanted = false);
  }, [load]);
  // Where they do not all have room, the present one is seen.
  const nav = useRef(null);
  useEffect(() => nav.current.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }), [section]);
  return html`
    <nav class="sections" aria-label=${label} ref=${nav}>
      ${Object.entries(sections).map(
        ([name, [words]]) => html`<a key=${name} href=${href(base + (name && `/${name}`))} aria-current=${name === section ? "page" : undefined}>${words}</a>`,
      )}
    </nav>
    ${!load && html`<p>There is no such section.</p>`}
    ${load && (module?.section === section ? html`<${module.Shown} ...${given} key=${section} />` : html`<${Loading} lines=${4} />`)}
  `;
}

const Outdated = () => html`
  <${Note} tone="warn" title="This section cannot be loaded">
    <p>The console was renewed since you opened it, or there is no connection.</p>
    <button type="button" class="button small" onClick=${() => location.reload()}>Load the console anew</button>
  <//>
`;
