"""How declared hosts are verified."""
