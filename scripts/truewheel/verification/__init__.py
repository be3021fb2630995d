"""What users get of a release: waited for, downloaded, compared, installed, tried."""
