"""Everything that is decided, without pyinfra and without I/O: probes, states, plans, file formats, errors."""
