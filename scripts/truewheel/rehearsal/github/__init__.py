"""What GitHub keeps for a run: the repository, artifacts, releases and their notes."""
