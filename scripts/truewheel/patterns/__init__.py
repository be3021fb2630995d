"""GitHub's patterns: for branches and tags, for names of artifacts, for paths of files."""
