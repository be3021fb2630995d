"""publish.yml run on this machine: its jobs, stand-ins for its actions, an index on loopback."""
