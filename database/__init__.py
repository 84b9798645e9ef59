"""The PostgreSQL that the program brings with it when no other one is named."""
