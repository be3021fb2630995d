"""The machine: files, processes, git, and whether GitHub Actions runs us."""
