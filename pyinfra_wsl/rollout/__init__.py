"""From a ring of two laptops to the whole company: rings, gates, windows, tries, and the engines that do the work."""
