"""python-socketio: two servers that share rooms by Redis, a client of each, and a process that only writes."""

import asyncio
import os

import socketio
from aiohttp import web

URL = os.environ["SWIFTCACHE_URL"]


async def start() -> tuple[web.AppRunner, str]:
    server = socketio.AsyncServer(client_manager=socketio.AsyncRedisManager(URL), async_mode="aiohttp")

    @server.event
    async def connect(sid: str, environ: dict, auth: object) -> None:
        await server.enter_room(sid, "room")

    @server.event
    async def say(sid: str, words: str) -> None:
        await server.emit("news", words, room="room")

    app = web.Application()
    server.attach(app)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, "http://{}:{}".format(*runner.addresses[0])


async def main() -> None:
    servers = [await start(), await start()]
    clients, heard = [], []
    for _, address in servers:
        client, queue = socketio.AsyncClient(), asyncio.Queue()
        client.on("news", queue.put)
        await client.connect(address)
        clients.append(client)
        heard.append(queue)
    async with asyncio.timeout(20):
        await clients[0].emit("say", "to all")
        assert [await queue.get() for queue in heard] == ["to all"] * 2
        await socketio.AsyncRedisManager(URL, write_only=True).emit("news", "from outside", room="room")
        assert [await queue.get() for queue in heard] == ["from outside"] * 2
    for client in clients:
        await client.disconnect()
    for runner, _ in servers:
        await runner.cleanup()


asyncio.run(main())
