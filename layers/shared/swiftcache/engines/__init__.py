"""Which engines and versions instances run, which are offered, and which ways lead from one to another."""
