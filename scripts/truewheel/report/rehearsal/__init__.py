"""Rehearsals and plans at a terminal, in GitHub Actions and as JSON."""
