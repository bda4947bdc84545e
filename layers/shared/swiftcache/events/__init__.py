"""What is told to the world on the event bus."""
