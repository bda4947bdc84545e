<?php
// phpredis: a pipeline, a transaction, a script, a blocked pop and a scan.
// PHP looks names up by the system alone, so on a laptop it is given the address; on AWS that is the hostname.
declare(strict_types=1);

$url = parse_url(getenv('SWIFTCACHE_URL'));
$tls = ['peer_name' => $url['host']];

$redis = new Redis();
$redis->connect('tls://' . getenv('STACK_ADDRESS'), $url['port'], 5, null, 0, 5, ['stream' => $tls]);
assert($redis->auth([$url['user'], $url['pass']]));
$answers = $redis->pipeline()->set('greeting', 'hello')->incr('visits')->incrBy('visits', 41)->exec();
assert($answers === [true, 1, 42]);
assert($redis->multi()->rPush('orders', 'book', 'pen')->lLen('orders')->exec() === [2, 2]);
assert($redis->eval("return redis.call('GET', KEYS[1])", ['greeting'], 1) === 'hello');
assert($redis->blPop(['orders'], 5) === ['orders', 'book']);
$iterator = null;
$found = [];
do {
    $found = array_merge($found, $redis->scan($iterator, '*') ?: []);
} while ($iterator > 0);
sort($found);
assert($found === ['greeting', 'orders', 'visits']);
