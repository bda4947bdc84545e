// Hapi's catbox with its Redis engine: a policy that makes a value once, stale answers, and what is dropped.
import assert from "node:assert/strict";
import { Client, Policy } from "@hapi/catbox";
import { Engine } from "@hapi/catbox-redis";

const client = new Client(Engine, { url: process.env.SWIFTCACHE_URL, partition: "shop" });
await client.start();
let made = 0;
const options = { expiresIn: 60_000, generateTimeout: 5000, generateFunc: async (id) => ({ id, made: ++made }) };
const users = new Policy(options, client, "users");
assert.deepEqual(await Promise.all([users.get("1"), users.get("1")]), Array(2).fill({ id: "1", made: 1 }));
assert.deepEqual(await users.get("1"), { id: "1", made: 1 });
await users.drop("1");
assert.deepEqual(await users.get("1"), { id: "1", made: 2 });
await users.set("short", "lived", 200);
await new Promise((resolve) => setTimeout(resolve, 400));
assert.equal(await client.get({ segment: "users", id: "short" }), null);
await client.stop();
