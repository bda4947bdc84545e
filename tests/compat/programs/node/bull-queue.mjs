// Bull: jobs that are done, one that fails first and is tried again, and one that is delayed. Of rediss:// it takes no TLS,
// so it is told to.
import assert from "node:assert/strict";
import Queue from "bull";

const queue = new Queue("orders", process.env.SWIFTCACHE_URL, { redis: { tls: {} } });
const tries = [];
queue.process("double", 4, async (job) => job.data.number * 2);
queue.process("flaky", async (job) => {
  tries.push(job.attemptsMade);
  if (job.attemptsMade === 0) throw new Error("not yet");
  return "done";
});

const bulk = Array.from({ length: 50 }, (_, number) => ({ name: "double", data: { number } }));
const jobs = await queue.addBulk(bulk);
const flaky = await queue.add("flaky", {}, { attempts: 2, backoff: 100 });
const later = await queue.add("double", { number: 21 }, { delay: 1000 });
assert.deepEqual(await Promise.all(jobs.map((job) => job.finished())), bulk.map(({ data }) => data.number * 2));
assert.equal(await flaky.finished(), "done");
assert.deepEqual(tries, [0, 1]);
assert.equal(await later.finished(), 42);
const counts = await queue.getJobCounts();
assert.deepEqual([counts.completed, counts.failed, counts.waiting, counts.active, counts.delayed], [52, 0, 0, 0, 0]);
await queue.close();
