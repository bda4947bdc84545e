# Rack::Attack with its throttle in Redis, by redis-store.
require "rack"
require "active_support"
require "active_support/core_ext/numeric/time"
require "rack/attack"
require "redis-store"

Rack::Attack.cache.store = Redis::Store.new(url: ENV.fetch("SWIFTCACHE_URL"))
Rack::Attack.throttle("requests by address", limit: 3, period: 600, &:ip)
application = Rack::Attack.new(->(_request) { [200, {}, ["welcome"]] })
answers = Array.new(5) { application.call(Rack::MockRequest.env_for("/", "REMOTE_ADDR" => "192.0.2.1")).first }
raise "found #{answers}" unless answers == [200, 200, 200, 429, 429]
