// Bottleneck: two limiters that share what may run at the same time, and how often.
import assert from "node:assert/strict";
import Bottleneck from "bottleneck";
import { Redis } from "ioredis";

const limiter = () =>
  new Bottleneck({
    id: "shop",
    datastore: "ioredis",
    Redis,
    clientOptions: process.env.SWIFTCACHE_URL,
    clearDatastore: false,
    maxConcurrent: 2,
    minTime: 20,
  });
const limiters = [limiter(), limiter()];
await Promise.all(limiters.map((each) => each.ready()));
let running = 0;
let most = 0;
const work = async (number) => {
  most = Math.max(most, ++running);
  await new Promise((resolve) => setTimeout(resolve, 50));
  running--;
  return number * 2;
};
const numbers = Array.from({ length: 20 }, (_, number) => number);
const results = await Promise.all(numbers.map((number) => limiters[number % 2].schedule(work, number)));
assert.deepEqual(results, numbers.map((number) => 2 * number));
assert.equal(most, 2);
await Promise.all(limiters.map((each) => each.disconnect(true)));
