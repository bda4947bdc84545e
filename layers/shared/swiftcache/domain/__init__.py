"""The rules of the service. Nothing in here imports AWS, Redis or the web."""
