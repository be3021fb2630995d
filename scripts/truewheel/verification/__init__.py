"""A published release: the index serves the built wheels, with genuine attestations, and they install and work."""
