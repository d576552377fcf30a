"""Laptops that come by themselves: what is published for them, and what they make of it.

- ``form``: pure: signatures, trust, the manifest, the tree over all laptops' slices
- ``publish``: on the control machine: keys, trust, the bundle
- the rest runs on the laptop
"""
