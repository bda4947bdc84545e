// An instance in the list. It is drawn again only when something of it changes: there may be five hundred of them.
import { bytes, money, number } from "../format.js";
import { Component, html } from "../html.js";
import { Icon } from "../parts/icons.js";
import { MemoryBar } from "../parts/meter.js";
import { Status } from "../parts/status.js";
import { href } from "../router.js";

export class Row extends Component {
  shouldComponentUpdate({ instance, figures, cost }) {
    const before = this.props;
    return instance !== before.instance || cost !== before.cost || !alike(figures, before.figures);
  }

  render({ instance, figures, cost }) {
    const running = instance.status === "RUNNING";
    const known = running ? figures : undefined;
    return html`
      <div class="row" role="row">
        <span role="cell" class="cell-name">
          <a href=${href(`/instances/${instance.id}`)}>${instance.name}</a>
          <span class="faint"><code>${instance.id}</code> · ${instance.region}${instance.persistence && " · kept on a volume"}</span>
        </span>
        <span role="cell"><${Status} instance=${instance} />${instance.deletionProtection && html`<span class="protected" title="Protected from deletion"><${Icon} name="shield" /><span class="hidden">Protected from deletion</span></span>`}</span>
        <span role="cell" class="cell-memory">
          ${running
            ? html`<${MemoryBar} used=${known?.used} max=${instance.maxMemory} label="Memory of ${instance.name}" />`
            : html`<span class="number">${bytes(instance.maxMemory)}</span>`}
        </span>
        <span role="cell" class="number" data-label="Commands/s">${known ? number(known.ops) : "–"}</span>
        <span role="cell" class="number" data-label="Connections">${known ? number(known.clients) : "–"}</span>
        <span role="cell" class="number" data-label="A month">${cost === undefined || instance.status === "ERROR" ? "–" : money(cost)}</span>
      </div>
    `;
  }
}

function alike(one, other) {
  return one === other || (one && other && one.used === other.used && one.ops === other.ops && one.clients === other.clients);
}
