"""Bringing an instance back whose task has died."""
