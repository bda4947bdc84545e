// orval, on axios.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import axios from "axios";
import {
  type InstanceBody,
  type Problem,
  changeInstance,
  createInstance,
  deleteInstance,
  getInstance,
  listInstances,
} from "./generated/orval.js";

const { API_URL: baseURL, TOKEN, ORGANIZATION: organizationId } = process.env;
assert.ok(baseURL && TOKEN && organizationId);
axios.defaults.baseURL = baseURL;
axios.defaults.headers.common.Authorization = `Bearer ${TOKEN}`;

const created = await createInstance(
  { organizationId, name: "orval", maxMemory: 10485760, region: "eu-central" },
  { headers: { "Idempotency-Key": randomUUID() } },
);
let instance: InstanceBody = created.data.instance;

while (instance.status === "PROVISIONING") {
  instance = (await getInstance(instance.id, { waitFor: "RUNNING" })).data.instance;
}
assert.equal(instance.status, "RUNNING");
assert.equal(instance.connection?.tls, true);

const listed = await listInstances({ organizationId, name: "orval" });
assert.ok(listed.data.instances.some(({ id }) => id === instance.id));

const deleted = await deleteInstance(instance.id);
assert.equal(deleted.data.message, "Instance deletion initiated");

const refused = await changeInstance("inst_none", { settings: { "slowlog-max-len": 256 } }).catch((error) => error);
assert.ok(axios.isAxiosError<Problem>(refused));
assert.equal(refused.response?.data.code, "NOT_FOUND");
