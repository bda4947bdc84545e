"""The warm pool: Redis tasks that are started and verified, and wait for an owner."""
