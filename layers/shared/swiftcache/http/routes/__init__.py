"""The routes of the API, a module for each feature: parse, one use case, serialise."""
