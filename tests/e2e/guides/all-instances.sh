# List all instances for your organization
curl -H "Authorization: Bearer sk_live_xxx" \
'https://api.swiftcache.io/api/v1/instances?organizationId=org_correct_id'
