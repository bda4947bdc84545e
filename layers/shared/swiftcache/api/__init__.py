"""The HTTP API that the features' routes belong to: the table of routes, bodies, problems, OpenAPI, idempotency."""
