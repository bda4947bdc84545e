"""The HTTP API's contract: what goes in, what comes out, and how errors look."""
