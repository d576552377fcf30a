"""Many laptops at once: their SSH servers, the control socket, the process that serves them."""
