"""Backups: taking them, proving that they can be restored, keeping and removing them."""
