// node-resque: a worker, a scheduler for what is to be done later, and a job that fails and is kept so.
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { Queue, Scheduler, Worker } from "node-resque";

const redis = new Redis(process.env.SWIFTCACHE_URL);
const connection = { redis };
const done = [];
const jobs = {
  add: { perform: async (left, right) => done.push(left + right) },
  fail: { perform: async () => { throw new Error("as it must"); } },
};
const queue = new Queue({ connection }, jobs);
const worker = new Worker({ connection, queues: ["math"], timeout: 100 }, jobs);
const scheduler = new Scheduler({ connection, timeout: 100 });
for (const each of [queue, worker, scheduler]) {
  each.on("error", (error) => assert.fail(error));
  await each.connect();
}
await worker.start();
await scheduler.start();

for (let number = 0; number < 20; number++) await queue.enqueue("math", "add", [number, number]);
await queue.enqueueIn(1000, "math", "add", [40, 2]);
await queue.enqueue("math", "fail", []);
for (let tries = 0; (done.length < 21 || (await queue.failedCount()) < 1) && tries < 300; tries++) {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
const sums = Array.from({ length: 20 }, (_, number) => 2 * number);
assert.deepEqual(done.sort((one, other) => one - other), [...sums, 42]);
assert.equal((await queue.failed(0, -1))[0].error, "as it must");
await scheduler.end();
await worker.end();
await queue.end();
redis.disconnect();
