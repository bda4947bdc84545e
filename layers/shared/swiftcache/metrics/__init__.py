"""What clients do with an instance: counters, hours, the figures of the moment, the use of keys."""
