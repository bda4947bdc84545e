// Valkey GLIDE, whose core is Rust: a batch, a script, a stream, and an error that is one.
import assert from "node:assert/strict";
import { Batch, GlideClient, Script } from "@valkey/valkey-glide";

const url = new URL(process.env.SWIFTCACHE_URL);
const client = await GlideClient.createClient({
  addresses: [{ host: url.hostname, port: Number(url.port) }],
  credentials: { username: url.username, password: url.password },
  useTLS: true,
  requestTimeout: 5000,
});
assert.equal(await client.set("greeting", "hello"), "OK");
const batch = new Batch(true).incr("visits").incrBy("visits", 41);
assert.deepEqual(await client.exec(batch, true), [1, 42]);
assert.equal(await client.invokeScript(new Script("return redis.call('GET', KEYS[1])"), { keys: ["greeting"] }), "hello");
await client.xadd("events", [["what", "paid"]]);
const [stream] = await client.xread({ events: "0" });
assert.deepEqual(Object.values(stream.value), [[["what", "paid"]]]);
await assert.rejects(client.incr("greeting"), /not an integer/);
client.close();
