"""Instances: the record, the life from PROVISIONING to gone, and the API for it."""
