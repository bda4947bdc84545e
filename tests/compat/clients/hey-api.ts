// @hey-api/openapi-ts, with the client on fetch that it brings.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { client } from "./generated/hey-api/client.gen.js";
import {
  type InstanceBody,
  changeInstance,
  createInstance,
  deleteInstance,
  getInstance,
  listInstances,
} from "./generated/hey-api/index.js";

const { API_URL: baseUrl, TOKEN, ORGANIZATION: organizationId } = process.env;
assert.ok(baseUrl && TOKEN && organizationId);
client.setConfig({ baseUrl, auth: ({ scheme }) => (scheme === "bearer" ? TOKEN : undefined) });

const created = await createInstance({
  headers: { "Idempotency-Key": randomUUID() },
  body: { organizationId, name: "hey-api", maxMemory: 10485760, region: "eu-central" },
});
assert.ok(created.data, created.error?.detail);
let instance: InstanceBody = created.data.instance;
const path = { instanceId: instance.id };

while (instance.status === "PROVISIONING") {
  const found = await getInstance({ path, query: { waitFor: "RUNNING" } });
  assert.ok(found.data, found.error?.detail);
  instance = found.data.instance;
}
assert.equal(instance.status, "RUNNING");
assert.equal(instance.connection?.tls, true);

const listed = await listInstances({ query: { organizationId, name: "hey-api" } });
assert.ok(listed.data, listed.error?.detail);
assert.ok(listed.data.instances.some(({ id }) => id === instance.id));

const deleted = await deleteInstance({ path });
assert.equal(deleted.data?.message, "Instance deletion initiated");

const refused = await changeInstance({
  path: { instanceId: "inst_none" },
  body: { settings: { "slowlog-max-len": 256 } },
});
assert.equal(refused.error?.code, "NOT_FOUND");
