// Socket.IO: two servers that share rooms by a stream, and a client that comes back to what it has missed.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { createAdapter } from "@socket.io/redis-streams-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";
import { io } from "socket.io-client";

const clients = [];
const start = async () => {
  const client = await createClient({ url: process.env.SWIFTCACHE_URL }).connect();
  clients.push(client);
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const server = new Server(http, { adapter: createAdapter(client), connectionStateRecovery: {} });
  server.on("connection", (socket) => socket.join("room"));
  return { server, address: `http://127.0.0.1:${http.address().port}` };
};
const [one, two] = await Promise.all([start(), start()]);
const sockets = [io(one.address), io(two.address)];
await Promise.all(sockets.map((socket) => once(socket, "connect")));
assert.equal((await one.server.in("room").fetchSockets()).length, 2);

const heard = sockets.map((socket) => once(socket, "news"));
one.server.to("room").emit("news", "to all");
for (const [words] of await Promise.all(heard)) assert.equal(words, "to all");

sockets[1].io.engine.close();
one.server.to("room").emit("news", "missed");
const [missed] = await once(sockets[1], "news");
assert.deepEqual([missed, sockets[1].recovered], ["missed", true]);

for (const socket of sockets) socket.disconnect();
await Promise.all([one.server.close(), two.server.close()]);
await Promise.all(clients.map((client) => client.close()));
