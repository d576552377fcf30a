"""Files as several modules read them: one that is not there says something, one that cannot be read says nothing."""


def text_of(laptop, path):
    """Return the text of a file, None where there is none; raises OSError where it is there and cannot be read."""
    file = laptop.file(path)
    return file.content_string if file.exists else None
