// The plain key of an instance, on the page of its instance.
import { html } from "../html.js";
import { keep as keepSecret, OneTime } from "../parts/one_time.js";

/** Shows a key that was just made, on the page of its instance. */
export const keep = (instanceId, { id, name, plainTextKey }) => keepSecret(instanceId, { id, name, text: plainTextKey });

export const OneTimeKeys = ({ instanceId }) => html`
  <${OneTime} place=${instanceId}>
    is the password of Redis. We keep its hash alone, so nobody can show it again. If it is lost, make another one.
  <//>
`;
