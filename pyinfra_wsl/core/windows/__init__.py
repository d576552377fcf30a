"""What all resources of Windows laptops share: the machine, the person it belongs to, the snapshot."""
