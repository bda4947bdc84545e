"""Keeping a running Redis equal to its record: keys, settings, the rotation of our own passwords."""
