"""What is printed about a rehearsal or its plan."""
