"""Webhooks: which events go to which address, signed, tried again, and logged."""
