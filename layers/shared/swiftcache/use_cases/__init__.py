"""What the service does, one function each. They know the rules and the ports, nothing of AWS."""
