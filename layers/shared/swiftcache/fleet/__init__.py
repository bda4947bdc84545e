"""Looking after all instances: sweep, repair, emptying an organization, the reconciler."""
