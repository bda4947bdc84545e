// Create instance
const createResponse = await fetch('https://api.swiftcache.io/api/v1/instances', {
  method: 'POST',
  headers: {
    'Content-Type': 'application/json',
    'Authorization': 'Bearer sk_live_your_api_key_here'
  },
  body: JSON.stringify({
    organizationId: 'org_123',
    name: 'my-redis',
    maxMemory: 536870912, // 512MB in bytes
    region: 'eu-central'
  })
});
const { instance } = await createResponse.json();
const instanceId = instance.id;
// Poll until RUNNING
let isRunning = false;
let attempts = 0;
const maxAttempts = 120; // 2 minutes with 1-second intervals
while (!isRunning && attempts < maxAttempts) {
  const statusResponse = await fetch(
    `https://api.swiftcache.io/api/v1/instances/${instanceId}`,
    {
      headers: { 'Authorization': 'Bearer sk_live_your_api_key_here' }
    }
  );
  const { instance: statusInstance } = await statusResponse.json();
  if (statusInstance.status === 'RUNNING') {
    console.log('Instance ready!', statusInstance.hostname);
    isRunning = true;
  } else {
    console.log(`Status: ${statusInstance.status}, waiting...`);
    await new Promise(resolve => setTimeout(resolve, 1000)); // Wait 1 second
  }
  attempts++;
}
if (!isRunning) {
  throw new Error('Instance provisioning timeout after 2 minutes');
}
