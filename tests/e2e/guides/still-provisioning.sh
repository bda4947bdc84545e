# Check if it's still provisioning (not failed)
curl -H "Authorization: Bearer sk_live_xxx" \
https://api.swiftcache.io/api/v1/instances/inst_abc123
