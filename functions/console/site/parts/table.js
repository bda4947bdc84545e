// A table that becomes a list of cards where it is narrow. The roles are said, since CSS would take them away there.
import { html } from "../html.js";

/**
 * @param {{
 *   label: string, columns: (string | { words: string, end?: boolean, hidden?: boolean })[],
 *   rows: { key: string, cells: any[] }[],
 * }} given the first cell of a row says which it is; `end` aligns a column of figures or buttons; `hidden` is for the reader of a
 *   screen alone
 */
export function Table({ label, columns, rows }) {
  const named = columns.map((column) => (typeof column === "string" ? { words: column } : column));
  return html`
    <div class="card flush">
      <table class="stack" role="table" aria-label=${label}>
        <thead role="rowgroup">
          <tr role="row">
            ${named.map(({ words, end, hidden }) => html`<th role="columnheader" scope="col" key=${words} class=${end ? "end" : ""}>${hidden ? html`<span class="hidden">${words}</span>` : words}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${rows.map(({ key, cells }) => html`<tr role="row" key=${key}>${cells.map((cell, index) => html`<${Cell} key=${named[index].words} ...${named[index]} first=${index === 0} cell=${cell} />`)}</tr>`)}
        </tbody>
      </table>
    </div>
  `;
}

function Cell({ words, end, hidden, first, cell }) {
  if (first) return html`<th role="rowheader" scope="row">${cell}</th>`;
  return html`<td role="cell" class=${end ? "end" : ""} data-label=${hidden ? undefined : words}>${cell}</td>`;
}
