"""The fleet file: read, checked by schemas and by the rules of the resources, and resolved to what each machine must be."""
