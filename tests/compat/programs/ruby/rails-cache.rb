# Rails' cache in Redis, by Active Support alone: read and write many, counters, expiry, and what it deletes by a pattern.
require "active_support"
require "active_support/cache"
require "active_support/cache/redis_cache_store"

def check(expected, found)
  raise "expected #{expected.inspect}, found #{found.inspect}" unless expected == found
end

failed = ->(method:, returning:, exception:) { raise exception }
cache = ActiveSupport::Cache::RedisCacheStore.new(url: ENV.fetch("SWIFTCACHE_URL"), error_handler: failed)
check 42, cache.fetch("answer", expires_in: 60) { 42 }
check 42, cache.fetch("answer") { raise "it is kept" }
cache.write_multi({ "user:1" => "Ada", "user:2" => "Grace" })
check({ "user:1" => "Ada", "user:2" => "Grace" }, cache.read_multi("user:1", "user:2", "user:3"))
cache.write("visits", 1, raw: true)
check 42, cache.increment("visits", 41)
cache.delete_matched("user:*")
check nil, cache.read("user:1")
cache.write("short", "lived", expires_in: 0.2)
sleep 0.4
check nil, cache.read("short")
cache.clear
check false, cache.exist?("answer")
