// graphql-redis-subscriptions: a subscription hears what another engine publishes, and so does one by a pattern, which stays
// to the end: of the last one the library ends both kinds, and Valkey 8 refuses the second where none is left.
import assert from "node:assert/strict";
import { RedisPubSub } from "graphql-redis-subscriptions";
import { Redis } from "ioredis";

const connect = () => new Redis(process.env.SWIFTCACHE_URL);
const engine = () => new RedisPubSub({ publisher: connect(), subscriber: connect() });
const [one, other] = [engine(), engine()];

const heard = [];
await one.subscribe("orders.*", (order) => heard.push(order), { pattern: true });
const orders = one.asyncIterator("orders.paid");
const next = orders.next();
for (let tries = 0; heard.length === 0 && tries < 100; tries++) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  await other.publish("orders.paid", { id: 1 });
}
assert.deepEqual(await next, { value: { id: 1 }, done: false });
assert.deepEqual(heard[0], { id: 1 });
await orders.return();
await Promise.all([one.close(), other.close()]);
