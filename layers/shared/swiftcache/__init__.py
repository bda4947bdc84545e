"""SwiftCache: managed Redis in your own AWS account.

A package for each thing that the service does, with the same file names in each: `model` holds the rules and `ports`
what they need of the world, neither knows AWS; `service` does the work; `table` and others speak to AWS and to Redis;
`contract` and `routes` are the API; `wiring` says how all of it is built. Handlers in `functions/` translate between
AWS's events and the services here.
"""

__version__ = "1.0.0"
"""Of the API, the events and what a deployed stack keeps (CHANGELOG.md). The command line's is held equal to it."""
