"""The proof of a wheel: a fresh environment, an import, the package's own tests."""
