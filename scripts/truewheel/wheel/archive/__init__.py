"""A zip archive, read from front to back as PyPI reads it, and what is odd about it.

`reader.read_archive` is the pass; what it meets that PyPI or installers refuse is stated as an anomaly.
"""
