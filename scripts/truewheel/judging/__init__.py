"""Wheels read and judged on all cores, twine's verdict on them, and the facts about them that reports show."""
