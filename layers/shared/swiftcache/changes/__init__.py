"""Changing an instance: the plan, settings in place, and another task that takes over."""
