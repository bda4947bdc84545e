async function waitForInstanceReady(instanceId: string, apiKey: string): Promise<string> {
  let delay = 1000; // Start with 1 second
  const maxDelay = 10000; // Cap at 10 seconds
  const maxAttempts = 120;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const response = await fetch(
      `https://api.swiftcache.io/api/v1/instances/${instanceId}`,
      {
        headers: { 'Authorization': `Bearer ${apiKey}` }
      }
    );
    if (!response.ok) {
      throw new Error(`API error: ${response.statusCode}`);
    }
    const { instance } = await response.json();
    if (instance.status === 'RUNNING') {
      return instance.hostname;
    }
    if (instance.status === 'PROVISIONING') {
      console.log(`Still provisioning... (attempt ${attempt + 1}/${maxAttempts})`);
      await new Promise(resolve => setTimeout(resolve, delay));
      delay = Math.min(delay * 1.5, maxDelay); // Increase delay
      continue;
    }
    // Unexpected status
    throw new Error(`Unexpected instance status: ${instance.status}`);
  }
  throw new Error('Provisioning timeout after 2 minutes');
}
// Usage
const hostname = await waitForInstanceReady('inst_abc123', 'sk_live_xxx');
console.log(`Connect to: ${hostname}`);
