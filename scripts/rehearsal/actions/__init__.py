"""Stand-ins for the actions that a release workflow uses."""
