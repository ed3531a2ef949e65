"""Bytes to pixels and back, within limits."""
