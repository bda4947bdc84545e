// rate-limiter-flexible: points by a Lua script, with ioredis; a bursty limiter and a block.
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";

const storeClient = new Redis(process.env.SWIFTCACHE_URL, { enableOfflineQueue: false });
await new Promise((resolve) => storeClient.once("ready", resolve));
const limiter = new RateLimiterRedis({ storeClient, keyPrefix: "login", points: 5, duration: 30, blockDuration: 60 });

const answers = await Promise.allSettled(Array.from({ length: 8 }, () => limiter.consume("somebody")));
assert.deepEqual(answers.map((answer) => answer.status === "fulfilled").filter(Boolean).length, 5);
const refused = answers.find((answer) => answer.status === "rejected").reason;
assert.ok(refused.msBeforeNext > 30_000 && refused.msBeforeNext <= 60_000, String(refused.msBeforeNext));
assert.equal((await limiter.consume("another")).remainingPoints, 4);
await limiter.delete("somebody");
assert.equal((await limiter.consume("somebody", 2)).remainingPoints, 3);

storeClient.disconnect();
