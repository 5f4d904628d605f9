"""Ways to hold the conversation."""
