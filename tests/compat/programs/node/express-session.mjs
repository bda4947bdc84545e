// Express: sessions by connect-redis, seen by a second server as by the first.
import assert from "node:assert/strict";
import { once } from "node:events";
import { RedisStore } from "connect-redis";
import express from "express";
import session from "express-session";
import { createClient } from "redis";

const client = await createClient({ url: process.env.SWIFTCACHE_URL }).connect();
const start = async () => {
  const app = express();
  app.use(session({ store: new RedisStore({ client }), secret: "a cat", resave: false, saveUninitialized: false }));
  app.get("/", (request, response) => {
    request.session.views = (request.session.views ?? 0) + 1;
    response.json({ views: request.session.views });
  });
  app.get("/logout", (request, response) => request.session.destroy(() => response.end()));
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
};
const servers = [await start(), await start()];
const visit = (server, path, cookie) =>
  fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers: cookie ? { cookie } : {} });

const first = await visit(servers[0], "/");
const cookie = first.headers.get("set-cookie").split(";")[0];
assert.deepEqual(await first.json(), { views: 1 });
assert.deepEqual(await (await visit(servers[1], "/", cookie)).json(), { views: 2 });
await visit(servers[0], "/logout", cookie);
assert.deepEqual(await (await visit(servers[1], "/", cookie)).json(), { views: 1 });

for (const server of servers) server.close().closeAllConnections();
client.destroy();
