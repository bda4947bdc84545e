"""Who reaches a single instance: the security group of its own, and its rules."""
