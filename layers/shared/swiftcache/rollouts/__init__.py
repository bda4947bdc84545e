"""Bringing a newer image to all that need it: a few first, then more, and nobody any more once it does harm."""
