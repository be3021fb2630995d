"""What GitHub stores for a run: the repository, artifacts, releases and their notes."""
