"""What is asked, what may be answered and what it is worth; pure."""
