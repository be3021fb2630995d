"""What GitHub's runners do: schedule jobs, run their steps, end what they leave behind."""
