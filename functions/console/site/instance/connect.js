// How to connect, in the reader's language.
import { html, useState } from "../html.js";
import { Code } from "../parts/copy.js";
import { Heading } from "../parts/heading.js";
import { Note } from "../parts/problem.js";
import { Tabs } from "../parts/tabs.js";
import { href } from "../router.js";
import { SNIPPETS } from "./snippets.js";

const TABS = Object.entries(SNIPPETS).map(([name, { words }]) => [name, words]);

let chosen = "redis-cli";

export default function Connect({ instance }) {
  const [language, setLanguage] = useState(chosen);
  const { setup, text } = SNIPPETS[language];
  const { connection } = instance;
  return html`
    <section class="section">
      <${Heading} level=${2}>Connect<//>
      <p>
        Any Redis client that speaks TLS. The key is the password, and was shown once when it was made;${" "}
        <a href=${href(`/instances/${instance.id}/keys`)}>make another one</a> if you do not have it.
      </p>
      <div class="card">
        <${Tabs} label="Language" tabs=${TABS} value=${language} onSelect=${(name) => setLanguage((chosen = name))}>
          <div class="section">
            <${Code} text=${setup} what="the preparation" label="Before it" />
            <${Code} text=${text(connection)} what="the program" label="In ${SNIPPETS[language].words}" />
          </div>
        <//>
      </div>
      ${connection.host.endsWith(".test") &&
      html`
        <${Note} title="This is the local stack">
          <p>
            Its names are known to its own DNS server alone, and its certificates are signed by an authority of its own.${" "}
            <code>. .swiftcache/env</code> defines <code>resolve</code> and <code>CA_FILE</code> for that; on AWS, the lines above are all.
          </p>
          <pre tabindex="0" role="region" aria-label="With the local stack"><code>${local(connection)}</code></pre>
        <//>
      `}
    </section>
  `;
}

const local = ({ host, port }) => `. .swiftcache/env
redis-cli --tls --cacert "$CA_FILE" --sni ${host} -h "$(resolve ${host})" -p ${port} PING`;
