// ioredis: pipelines, a transaction, a script that it loads by itself, a scan stream, and a blocked pop on a copy.
import assert from "node:assert/strict";
import { Redis } from "ioredis";

const redis = new Redis(process.env.SWIFTCACHE_URL);

const pipeline = redis.pipeline();
for (let number = 0; number < 500; number++) pipeline.set(`number:${number}`, number);
assert.ok((await pipeline.exec()).every(([error, answer]) => error === null && answer === "OK"));
assert.deepEqual(await redis.multi().incr("visits").incr("visits").exec(), [[null, 1], [null, 2]]);

redis.defineCommand("raise", { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" });
assert.equal(await redis.raise("visits", 40), 42);

const found = new Set();
for await (const keys of redis.scanStream({ match: "number:*", count: 100 })) keys.forEach((key) => found.add(key));
assert.equal(found.size, 500);

const waiting = redis.duplicate();
const popped = waiting.blpop("orders", 0);
await redis.rpush("orders", "book");
assert.deepEqual(await popped, ["orders", "book"]);

waiting.disconnect();
await redis.quit();
