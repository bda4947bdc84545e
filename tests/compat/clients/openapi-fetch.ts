// openapi-typescript's types, with openapi-fetch.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/openapi-typescript.js";

const { API_URL: baseUrl, TOKEN, ORGANIZATION: organizationId } = process.env;
assert.ok(baseUrl && TOKEN && organizationId);
const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${TOKEN}` } });

const created = await api.POST("/api/v1/instances", {
  params: { header: { "Idempotency-Key": randomUUID() } },
  body: { organizationId, name: "openapi-fetch", maxMemory: 10485760, region: "eu-central" },
});
assert.ok(created.data, created.error?.detail);
let instance: components["schemas"]["InstanceBody"] = created.data.instance;
const instanceId = instance.id;

while (instance.status === "PROVISIONING") {
  const found = await api.GET("/api/v1/instances/{instanceId}", {
    params: { path: { instanceId }, query: { waitFor: "RUNNING" } },
  });
  assert.ok(found.data, found.error?.detail);
  instance = found.data.instance;
}
assert.equal(instance.status, "RUNNING");
assert.equal(instance.connection?.tls, true);

const listed = await api.GET("/api/v1/instances", { params: { query: { organizationId, name: "openapi-fetch" } } });
assert.ok(listed.data, listed.error?.detail);
assert.ok(listed.data.instances.some(({ id }) => id === instanceId));

const deleted = await api.DELETE("/api/v1/instances/{instanceId}", { params: { path: { instanceId } } });
assert.equal(deleted.data?.message, "Instance deletion initiated");

const refused = await api.PATCH("/api/v1/instances/{instanceId}", {
  params: { path: { instanceId: "inst_none" } },
  body: { settings: { "slowlog-max-len": 256 } },
});
assert.equal(refused.error?.code, "NOT_FOUND");
