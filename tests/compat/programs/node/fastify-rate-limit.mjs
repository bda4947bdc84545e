// Fastify: its Redis plugin, and its rate limit, which two servers share.
import assert from "node:assert/strict";
import rateLimit from "@fastify/rate-limit";
import redis from "@fastify/redis";
import Fastify from "fastify";

const start = async () => {
  const server = Fastify();
  await server.register(redis, { url: process.env.SWIFTCACHE_URL });
  await server.register(rateLimit, { max: 3, timeWindow: "1 minute", redis: server.redis });
  server.get("/", async () => ({ visits: await server.redis.incr("visits") }));
  return server;
};
const servers = await Promise.all([start(), start()]);
const codes = [];
for (let number = 0; number < 5; number++) {
  const answer = await servers[number % 2].inject("/");
  codes.push(answer.statusCode);
  if (number === 2) assert.deepEqual(answer.json(), { visits: 3 });
}
assert.deepEqual(codes, [200, 200, 200, 429, 429]);
await Promise.all(servers.map((server) => server.close()));
