"""What `sam local invoke` needs to run a function in a container against the running stack."""
