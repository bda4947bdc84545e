// Programs that connect, write and read. The key comes from the environment: a snippet never has it.

/** @typedef {{ host: string, port: number }} Connection */
/** @type {Record<string, { words: string, setup: string, text: (connection: Connection) => string }>} */
export const SNIPPETS = {
  "redis-cli": {
    words: "redis-cli",
    setup: "export REDISCLI_AUTH='<the key>'",
    text: ({ host, port }) => `redis-cli --tls --sni ${host} -h ${host} -p ${port} SET greeting hello
redis-cli --tls --sni ${host} -h ${host} -p ${port} GET greeting`,
  },
  python: {
    words: "Python",
    setup: "pip install redis\nexport SWIFTCACHE_KEY='<the key>'",
    text: ({ host, port }) => `import os

import redis

client = redis.Redis(
    host="${host}",
    port=${port},
    password=os.environ["SWIFTCACHE_KEY"],
    ssl=True,
    decode_responses=True,
)
client.set("greeting", "hello")
print(client.get("greeting"))`,
  },
  node: {
    words: "Node.js",
    setup: "npm install redis\nexport SWIFTCACHE_KEY='<the key>'",
    text: ({ host, port }) => `import { createClient } from "redis";

const client = createClient({
  url: \`rediss://default:\${process.env.SWIFTCACHE_KEY}@${host}:${port}\`,
});
client.on("error", console.error);
await client.connect();
await client.set("greeting", "hello");
console.log(await client.get("greeting"));
await client.close();`,
  },
  go: {
    words: "Go",
    setup: "go get github.com/redis/go-redis/v9\nexport SWIFTCACHE_KEY='<the key>'",
    text: ({ host, port }) => `package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"

	"github.com/redis/go-redis/v9"
)

func main() {
	ctx := context.Background()
	client := redis.NewClient(&redis.Options{
		Addr:      "${host}:${port}",
		Password:  os.Getenv("SWIFTCACHE_KEY"),
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	})
	defer client.Close()
	if err := client.Set(ctx, "greeting", "hello", 0).Err(); err != nil {
		panic(err)
	}
	fmt.Println(client.Get(ctx, "greeting").Val())
}`,
  },
  java: {
    words: "Java",
    setup: "# with redis.clients:jedis, 8 or later, on the class path\nexport SWIFTCACHE_KEY='<the key>'",
    text: ({ host, port }) => `import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;

public class Greeting {
    public static void main(String[] args) {
        var config = DefaultJedisClientConfig.builder()
                .ssl(true)
                .password(System.getenv("SWIFTCACHE_KEY"))
                .build();
        try (var client = RedisClient.builder().hostAndPort("${host}", ${port}).clientConfig(config).build()) {
            client.set("greeting", "hello");
            System.out.println(client.get("greeting"));
        }
    }
}`,
  },
  php: {
    words: "PHP",
    setup: "# with the extension redis (phpredis)\nexport SWIFTCACHE_KEY='<the key>'",
    text: ({ host, port }) => `<?php
$redis = new Redis();
$redis->connect('tls://${host}', ${port});
$redis->auth(getenv('SWIFTCACHE_KEY'));
$redis->set('greeting', 'hello');
echo $redis->get('greeting'), PHP_EOL;`,
  },
  ruby: {
    words: "Ruby",
    setup: "gem install redis\nexport SWIFTCACHE_KEY='<the key>'",
    text: ({ host, port }) => `require "redis"

redis = Redis.new(url: "rediss://default:#{ENV.fetch('SWIFTCACHE_KEY')}@${host}:${port}")
redis.set("greeting", "hello")
puts redis.get("greeting")`,
  },
  url: {
    words: "URL",
    setup: "export SWIFTCACHE_KEY='<the key>'",
    text: ({ host, port }) => `export SWIFTCACHE_URL="rediss://default:$SWIFTCACHE_KEY@${host}:${port}"`,
  },
};
