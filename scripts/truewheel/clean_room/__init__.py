"""A wheel verified: in a fresh environment the package is imported, and its own tests run."""
