"""The two files that WSL's parser reads, as tests speak of them: bytes and settings of a fleet file in, bytes out."""

from pyinfra_wsl.core.formats.ini import check, files, merge, parse


class Ini:
    """One of the two files."""

    def __init__(self, file):
        self.file = file

    def parse(self, data):
        """Read it as WSL does."""
        return parse.parse(data, self.file)

    def check(self, settings):
        """Return everything that is wrong with settings of a fleet file."""
        return check.check(settings, self.file)

    def want(self, settings):
        """Return settings as they are wanted."""
        return check.want(settings, self.file)

    def entries(self, settings):
        """Return settings as sections with keys and values, ready for the template."""
        return merge.entries(check.wanted(settings, self.file), self.file)

    def merge(self, old, settings):
        """Return the file with the settings in force."""
        new = merge.merge(self.parse(old), check.wanted(settings, self.file), self.file)
        return old if new is None else new


wslconfig, wsl_conf = Ini(files.WSLCONFIG), Ini(files.WSL_CONF)
