"""What would fail in a deployment, told before it: a function for each thing that is looked at."""
