# redis-rb: a pipeline, a transaction with WATCH, a subscriber, and a blocked pop.
require "redis"

def check(expected, found)
  raise "expected #{expected.inspect}, found #{found.inspect}" unless expected == found
end

redis = Redis.new(url: ENV.fetch("SWIFTCACHE_URL"))
check ["OK"] * 100, redis.pipelined { |pipeline| 100.times { |number| pipeline.set("number:#{number}", number) } }
check 100, redis.scan_each(match: "number:*").to_a.uniq.size
moved = redis.watch("number:1") { redis.multi { |transaction| transaction.incrby("number:1", 41) } }
check [42], moved

popped = Thread.new { Redis.new(url: ENV.fetch("SWIFTCACHE_URL")).blpop("orders", timeout: 10) }
sleep 0.5
redis.rpush("orders", "book")
check %w[orders book], popped.value

subscribed = Queue.new
heard = Thread.new do
  messages = []
  Redis.new(url: ENV.fetch("SWIFTCACHE_URL")).subscribe("news") do |on|
    on.subscribe { subscribed << true }
    on.message do |_channel, message|
      messages << message
      throw :done if messages.size == 2
    end
  end
rescue UncaughtThrowError
  messages
end
subscribed.pop
check [1, 1], [redis.publish("news", "one"), redis.publish("news", "two")]
check %w[one two], heard.value
