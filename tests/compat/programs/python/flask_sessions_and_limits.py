"""A Flask application: sessions on the server by Flask-Session, and Flask-Limiter."""

import os

from flask import Flask, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_session import Session
from redis import Redis

app = Flask(__name__)
app.config["SESSION_TYPE"] = "redis"
app.config["SESSION_REDIS"] = Redis.from_url(os.environ["SWIFTCACHE_URL"])
Session(app)
limiter = Limiter(get_remote_address, app=app, storage_uri=os.environ["SWIFTCACHE_URL"], strategy="moving-window")


@app.post("/cart/<what>")
def put(what: str) -> list[str]:
    session["cart"] = [*session.get("cart", []), what]
    return session["cart"]


@app.get("/limited")
@limiter.limit("3 per minute")
def limited() -> str:
    return "welcome"


browser = app.test_client()
browser.post("/cart/book")
assert browser.post("/cart/pen").json == ["book", "pen"]
assert app.test_client().post("/cart/cup").json == ["cup"]
assert [browser.get("/limited").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
