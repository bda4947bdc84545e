// An address that leads nowhere.
import { html } from "../html.js";
import { Heading } from "../parts/heading.js";
import { href } from "../router.js";

export default () => html`
  <div class="page narrow">
    <${Heading} title="Nothing here">There is nothing at this address<//>
    <p>The link may be old, or a letter of it is missing.</p>
    <p><a class="button" href=${href("/instances")}>To the instances</a></p>
  </div>
`;
