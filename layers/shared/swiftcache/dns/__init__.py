"""The instances' records in Route 53: changes are queued, and one writer makes them, in batches."""
