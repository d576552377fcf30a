"""The forms of what is published for laptops: signatures, trust, manifest, slices; pure."""
