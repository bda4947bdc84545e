// iovalkey: a pipeline, a transaction, a script, a subscriber, and a scan stream.
import assert from "node:assert/strict";
import { once } from "node:events";
import Valkey from "iovalkey";

const valkey = new Valkey(process.env.SWIFTCACHE_URL);
const pipeline = valkey.pipeline();
for (let number = 0; number < 200; number++) pipeline.set(`number:${number}`, number);
assert.ok((await pipeline.exec()).every(([error, answer]) => error === null && answer === "OK"));
assert.deepEqual(await valkey.multi().incr("visits").incrby("visits", 41).exec(), [[null, 1], [null, 42]]);
valkey.defineCommand("raise", { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" });
assert.equal(await valkey.raise("visits", 8), 50);

const subscriber = valkey.duplicate();
await subscriber.subscribe("news");
const heard = once(subscriber, "message");
assert.equal(await valkey.publish("news", "to you"), 1);
assert.deepEqual(await heard, ["news", "to you"]);

const found = new Set();
for await (const keys of valkey.scanStream({ match: "number:*", count: 100 })) keys.forEach((key) => found.add(key));
assert.equal(found.size, 200);
await Promise.all([valkey.quit(), subscriber.quit()]);
