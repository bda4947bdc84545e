"""SwiftCache: managed Redis in your own AWS account.

`domain` holds the rules and knows nothing of AWS; `adapters` speak to AWS and to Redis; `wiring` is the one
place where the two meet. Handlers in `functions/` translate between AWS's events and the use cases here.
"""
