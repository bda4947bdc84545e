// Bee-Queue: jobs with progress and results, and one that is tried again.
import assert from "node:assert/strict";
import { once } from "node:events";
import Queue from "bee-queue";

const redis = { url: process.env.SWIFTCACHE_URL };
const worker = new Queue("orders", { redis, removeOnSuccess: true });
const queue = new Queue("orders", { redis, isWorker: false });
const seen = [];
worker.process(4, async (job) => {
  job.reportProgress({ half: true });
  if (job.data.flaky && seen.push(job.id) === 1) throw new Error("not yet");
  return job.data.number * 2;
});

const jobs = Array.from({ length: 30 }, (_, number) => queue.createJob({ number }));
const results = jobs.map((job) => once(job, "succeeded"));
const progress = once(jobs[0], "progress");
assert.equal((await queue.saveAll(jobs)).size, 0);
assert.deepEqual((await Promise.all(results)).flat(), jobs.map((job) => job.data.number * 2));
assert.deepEqual(await progress, [{ half: true }]);
const flaky = queue.createJob({ number: 21, flaky: true }).retries(1);
const done = once(flaky, "succeeded");
await flaky.save();
assert.deepEqual(await done, [42]);
assert.equal(seen.length, 2);
await Promise.all([worker.close(), queue.close()]);
