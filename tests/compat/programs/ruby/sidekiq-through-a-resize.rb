# Sidekiq: its own process waits in BRPOP while its instance is resized; jobs from before, during and after, some in the
# future, and one that fails first and is tried again.
require "sidekiq"
require "sidekiq/api"

Sidekiq.configure_server { |config| config.redis = { url: ENV.fetch("SWIFTCACHE_URL") } }
Sidekiq.configure_client { |config| config.redis = { url: ENV.fetch("SWIFTCACHE_URL") } }

class Note
  include Sidekiq::Job
  sidekiq_retry_in { 1 }

  def perform(number)
    tries = Sidekiq.redis { |redis| redis.incr("tries:#{number}") }
    raise "not yet" if number == 7 && tries == 1

    Sidekiq.redis { |redis| redis.sadd("done", number) }
  end
end

return if Sidekiq.server?

JOBS = 200

def wait_for(count)
  deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 90
  until (done = Sidekiq.redis { |redis| redis.scard("done") }) == count
    raise "#{done} of #{count} jobs are done" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

    sleep 0.2
  end
end

worker = spawn("sidekiq", "--require", __FILE__, "--concurrency", "4", out: :err)
begin
  JOBS.times { |number| Note.perform_async(number) }
  wait_for(JOBS)
  puts "resize, please"
  $stdout.flush
  Note.perform_in(2, JOBS)
  (JOBS + 1).upto(2 * JOBS) { |number| Note.perform_async(number) }
  $stdin.gets
  (2 * JOBS + 1).upto(3 * JOBS - 1) { |number| Note.perform_async(number) }
  wait_for(3 * JOBS)
  raise "left in the queue" unless Sidekiq::Queue.new.size.zero?
ensure
  Process.kill("TERM", worker)
  Process.wait(worker)
end
