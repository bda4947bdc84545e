// Keyv with its Redis store: values that expire, many at once, namespaces that are cleared by themselves.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import KeyvRedis from "@keyv/redis";
import { Keyv } from "keyv";

const users = new Keyv(new KeyvRedis(process.env.SWIFTCACHE_URL), { namespace: "users" });
const carts = new Keyv(new KeyvRedis(process.env.SWIFTCACHE_URL), { namespace: "carts" });
for (const each of [users, carts]) each.on("error", (error) => assert.fail(error));

await users.set("1", { name: "Ada" });
await carts.setMany([{ key: "1", value: ["book"] }, { key: "2", value: ["pen"] }]);
assert.deepEqual(await users.get("1"), { name: "Ada" });
assert.deepEqual(await carts.getMany(["1", "2", "3"]), [["book"], ["pen"], undefined]);
await users.set("short", "lived", 300);
await sleep(500);
assert.equal(await users.has("short"), false);
await carts.clear();
assert.equal(await carts.get("1"), undefined);
assert.deepEqual(await users.get("1"), { name: "Ada" });

await Promise.all([users.disconnect(), carts.disconnect()]);
