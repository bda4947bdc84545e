"""Waiting for events: who waits for what, and who is woken when it has happened."""
