"""Sessions of browsers: an account key is exchanged for a cookie that no script can read."""
