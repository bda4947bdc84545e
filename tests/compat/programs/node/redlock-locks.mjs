// Redlock: one of many gets the lock, which can be extended and ends by itself.
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import Redlock from "redlock";

const redis = new Redis(process.env.SWIFTCACHE_URL);
const patient = new Redlock([redis], { retryCount: 100, retryDelay: 50 });
const once = new Redlock([redis], { retryCount: 0 });

const lock = await once.lock("printer", 5000);
await assert.rejects(once.lock("printer", 5000), { name: "LockError" });
const extended = await lock.extend(10_000);
assert.ok((await redis.pttl("printer")) > 5000);
await extended.unlock();

let inside = 0;
const most = [];
const work = async () => {
  const held = await patient.lock("printer", 5000);
  most.push(++inside);
  await new Promise((resolve) => setTimeout(resolve, 20));
  inside--;
  await held.unlock();
};
await Promise.all(Array.from({ length: 10 }, work));
assert.deepEqual(most, Array(10).fill(1));
await once.lock("short", 200);
await (await patient.lock("short", 200)).unlock();
await redis.quit();
