"""Rehearsals and plans in a terminal, in GitHub Actions and as JSON."""
