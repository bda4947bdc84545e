// express-rate-limit with rate-limit-redis: two servers of Express that count together.
import assert from "node:assert/strict";
import { once } from "node:events";
import express from "express";
import { rateLimit } from "express-rate-limit";
import { RedisStore } from "rate-limit-redis";
import { createClient } from "redis";

const client = await createClient({ url: process.env.SWIFTCACHE_URL }).connect();
const start = async () => {
  const store = new RedisStore({ sendCommand: (...command) => client.sendCommand(command) });
  const app = express();
  app.use(rateLimit({ windowMs: 60_000, limit: 3, standardHeaders: "draft-7", legacyHeaders: false, store }));
  app.get("/", (request, response) => response.send("welcome"));
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
};
const servers = [await start(), await start()];
const codes = [];
for (let number = 0; number < 5; number++) {
  codes.push((await fetch(`http://127.0.0.1:${servers[number % 2].address().port}/`)).status);
}
assert.deepEqual(codes, [200, 200, 200, 429, 429]);
for (const server of servers) server.close().closeAllConnections();
client.destroy();
