"""The steps that make an instance and take it away, and the start of their state machines."""
