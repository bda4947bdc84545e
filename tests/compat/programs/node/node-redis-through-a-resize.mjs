// node-redis: a writer, a subscriber and a reader blocked in XREAD while their instance is resized. Nothing that was
// acknowledged is lost, and the subscriber hears again by itself.
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "redis";

const connect = async () => {
  const client = createClient({ url: process.env.SWIFTCACHE_URL });
  client.on("error", (error) => console.error(error.message));
  return client.connect();
};
const [writer, subscriber, reader] = await Promise.all([connect(), connect(), connect()]);

const heard = [];
await subscriber.subscribe("news", (message) => heard.push(message));

const acknowledged = new Set();
let writing = true;
const write = async () => {
  for (let number = 0; writing; number++) {
    try {
      acknowledged.add(await writer.xAdd("events", "*", { number: String(number) }));
    } catch (error) {
      console.error(error.message);
    }
    await sleep(5);
  }
};

const read = new Set();
const follow = async () => {
  for (let last = "0"; !read.has("end"); ) {
    try {
      const answer = await reader.xRead({ key: "events", id: last }, { BLOCK: 0, COUNT: 100 });
      for (const { id, message } of answer[0].messages) {
        read.add(message.number === "end" ? "end" : id);
        last = id;
      }
    } catch (error) {
      console.error(error.message);
    }
  }
};
const written = write();
const followed = follow();

await sleep(500);
console.log("resize, please");
await once(process.stdin, "data");
await sleep(500);
writing = false;
await written;
await writer.xAdd("events", "*", { number: "end" });
await followed;
assert.deepEqual([...acknowledged].filter((id) => !read.has(id)), []);

assert.equal(await writer.publish("news", "still here"), 1);
await sleep(200);
assert.deepEqual(heard, ["still here"]);

for (const client of [writer, subscriber, reader]) client.destroy();
process.stdin.destroy();
