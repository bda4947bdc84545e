"""The local stack, for development only: serves template.yaml and its state machines without AWS."""
