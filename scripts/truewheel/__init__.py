"""Release automation for Python packages with native code: every step of a release is a program.

The folders are the rooms of the house; docs/architecture.md shows them floor by floor.
"""
