"""How a laptop is reached: one agent per laptop and run, over SSH."""
