"""Who asks, what they may do, and how much: callers, roles, authentication, rate limits, audit entries."""
