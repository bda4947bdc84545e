"""Organizations, their members, account keys, limits and audit log."""
