"""Two builders that make the same wheels: cibuildwheel where it can build a platform, zig everywhere else."""
