# Lets Ruby resolve the local stack's names, which the system's resolver does not know: ruby -r ./resolve.rb.
# On AWS nobody needs it.
require "resolv"
require "socket"

module StackNames
  server, port = ENV.fetch("STACK_DNS").split(":")
  RESOLVER = Resolv::DNS.new(nameserver_port: [[server, Integer(port)]])

  def self.address(host)
    return host unless host.to_s.end_with?(ENV.fetch("STACK_DOMAIN"))

    RESOLVER.getaddress(host).to_s
  rescue Resolv::ResolvError => error
    raise SocketError, "getaddrinfo: #{error.message}"
  end

  def getaddrinfo(host, *rest, **options)
    super(StackNames.address(host), *rest, **options)
  end
end

Socket.singleton_class.prepend(StackNames)
Addrinfo.singleton_class.prepend(StackNames)
