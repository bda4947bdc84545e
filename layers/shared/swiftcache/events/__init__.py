"""What is told to the world on the event bus."""

"""What the world is told of."""
