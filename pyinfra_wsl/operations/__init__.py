"""pyinfra operations: fact, plan, yield the steps; everything that is decided stands in ``core``."""
