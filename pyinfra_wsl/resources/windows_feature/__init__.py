"""Optional features of Windows."""
