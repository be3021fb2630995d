"""Wheels read and judged on all cores, and what reports say of them; twine's verdict alongside."""
