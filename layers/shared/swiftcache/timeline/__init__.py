"""What has happened to an instance, step by step, and the receipt of its deletion."""
