<?php
// Predis: a pipeline, a transaction, a script, and a loop of messages.
// PHP looks names up by the system alone, so on a laptop it is given the address; on AWS that is the hostname.
declare(strict_types=1);

require_once 'Predis/Autoloader.php';
Predis\Autoloader::register();

$url = parse_url(getenv('SWIFTCACHE_URL'));
$server = [
    'scheme' => 'tls',
    'host' => getenv('STACK_ADDRESS'),
    'port' => $url['port'],
    'ssl' => ['peer_name' => $url['host'], 'verify_peer' => true],
];
$parameters = ['parameters' => ['password' => $url['pass']]];

$client = new Predis\Client($server, $parameters);
$answers = $client->pipeline(function ($pipe) {
    for ($number = 0; $number < 100; $number++) {
        $pipe->set("number:$number", $number);
    }
});
assert(count($answers) === 100);
assert($client->transaction(fn ($all) => [$all->incr('visits'), $all->incr('visits')]) == [1, 2]);
assert($client->eval("return redis.call('INCRBY', KEYS[1], ARGV[1])", 1, 'visits', 40) === 42);
assert(count(iterator_to_array(new Predis\Collection\Iterator\Keyspace($client, 'number:*'), false)) === 100);

$listener = new Predis\Client($server, $parameters + ['read_write_timeout' => 10]);
$loop = $listener->pubSubLoop();
$loop->subscribe('news');
foreach ($loop as $message) {
    if ($message->kind === 'subscribe') {
        assert($client->publish('news', 'to you') === 1);
    } elseif ($message->kind === 'message') {
        assert($message->payload === 'to you');
        $loop->unsubscribe();
    }
}
