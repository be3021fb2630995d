"""What `truewheel init` writes into the repositories of others."""
