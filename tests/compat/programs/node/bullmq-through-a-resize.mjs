// BullMQ: a queue and a worker that waits in BZPOPMIN while their instance is resized; jobs from before, during and after.
import assert from "node:assert/strict";
import { once } from "node:events";
import { Queue, QueueEvents, Worker } from "bullmq";

const connection = { url: process.env.SWIFTCACHE_URL };
const JOBS = 200;

const queue = new Queue("orders", { connection });
const events = new QueueEvents("orders", { connection });
const worker = new Worker("orders", async (job) => job.data.number * 2, { connection, concurrency: 4 });
for (const each of [queue, events, worker]) each.on("error", (error) => console.error(error.message));
await events.waitUntilReady();

const add = (from) =>
  queue.addBulk(Array.from({ length: JOBS }, (_, index) => ({ name: "double", data: { number: from + index } })));
const jobs = await add(0);
await jobs[JOBS - 1].waitUntilFinished(events, 30_000);
const later = await queue.add("double", { number: 0 }, { delay: 3000 });

console.log("resize, please");
const answer = once(process.stdin, "data");
jobs.push(...(await add(JOBS)));
await answer;
jobs.push(...(await add(2 * JOBS)));

const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events, 60_000)));
assert.deepEqual(results, jobs.map((job) => job.data.number * 2));
assert.equal(await later.waitUntilFinished(events, 30_000), 0);
const counts = await queue.getJobCounts();
assert.deepEqual([counts.completed, counts.failed, counts.active, counts.waiting], [3 * JOBS + 1, 0, 0, 0]);

await Promise.all([worker.close(), events.close(), queue.close()]);
process.stdin.destroy();
