// Socket.IO: two servers that share rooms by its Redis adapter, and a client of each.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";
import { io } from "socket.io-client";

const clients = [];
const start = async () => {
  const pubClient = await createClient({ url: process.env.SWIFTCACHE_URL }).connect();
  const subClient = await pubClient.duplicate().connect();
  clients.push(pubClient, subClient);
  const http = createServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const server = new Server(http, { adapter: createAdapter(pubClient, subClient) });
  server.on("connection", (socket) => socket.join("room"));
  return { server, address: `http://127.0.0.1:${http.address().port}` };
};
const [one, two] = await Promise.all([start(), start()]);
const sockets = [io(one.address), io(two.address)];
await Promise.all(sockets.map((socket) => once(socket, "connect")));

assert.equal((await one.server.in("room").fetchSockets()).length, 2);
const heard = sockets.map((socket) => once(socket, "news"));
one.server.to("room").emit("news", "to all");
assert.deepEqual(await Promise.all(heard), [["to all"], ["to all"]]);
const told = once(two.server, "between");
one.server.serverSideEmit("between", "servers");
assert.deepEqual(await told, ["servers"]);

for (const socket of sockets) socket.disconnect();
await Promise.all([one.server.close(), two.server.close()]);
await Promise.all(clients.map((client) => client.close()));
