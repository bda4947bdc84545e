// Lets Node resolve the local stack's names, which the system's resolver does not know: node --require resolve.cjs.
// On AWS nobody needs it.
const dns = require("node:dns");

const resolver = new dns.Resolver();
resolver.setServers([process.env.STACK_DNS]);
const lookup = dns.lookup;

dns.lookup = (host, options, callback) => {
  if (typeof options === "function") return dns.lookup(host, {}, options);
  if (!String(host).endsWith(process.env.STACK_DOMAIN)) return lookup(host, options, callback);
  return resolver.resolve4(host, (error, addresses) => {
    if (error) return callback(error);
    if (options.all) return callback(null, addresses.map((address) => ({ address, family: 4 })));
    return callback(null, addresses[0], 4);
  });
};

dns.promises.lookup = (host, options = {}) =>
  new Promise((resolve, reject) => {
    dns.lookup(host, options, (error, address, family) => {
      if (error) reject(error);
      else resolve(options.all ? address : { address, family });
    });
  });
