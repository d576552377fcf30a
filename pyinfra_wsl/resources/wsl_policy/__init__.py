"""What an organisation forbids in WSL."""
