"""requests-cache: answers to HTTP requests in Redis, until they are stale."""

import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from redis import Redis
from requests_cache import CachedSession, RedisCache

asked = []


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"answer {len(asked)}".encode())


server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
session = CachedSession(backend=RedisCache(connection=Redis.from_url(os.environ["SWIFTCACHE_URL"])), expire_after=60)

answers = [session.get(address) for _ in range(3)]
assert [(answer.text, answer.from_cache) for answer in answers] == [
    *(("answer 1", False), ("answer 1", True), ("answer 1", True))
]
session.get(f"{address}/short", expire_after=1)
time.sleep(1.5)
assert session.get(f"{address}/short").from_cache is False
assert session.cache.contains(url=address)
session.cache.clear()
assert session.get(address).text == "answer 4"
server.shutdown()
