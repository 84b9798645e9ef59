"""What is measured, and how: each file is one command."""
