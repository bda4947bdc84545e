"""A module for each word that may follow `swiftcache`. It is imported when that word is typed."""
