"""Code that a changed module runs in place of a transaction."""

ONE_BY_ONE = '''

class _Recorder:
    """Takes the place of a transaction, and remembers its writes in the order of pynamodb."""

    _ORDER = ("condition_check", "delete", "save", "update")

    def __init__(self, build):
        self.writes = []
        build(self)
        self.writes.sort(key=lambda write: self._ORDER.index(write[0]))

    def __getattr__(self, name):
        return lambda *positional, **keywords: self.writes.append((name, positional, keywords))


def _one_by_one(transact, build, backwards):
    """Commit each write alone. Fail as the whole transaction would, with the condition of that write lost."""
    writes = list(enumerate(_Recorder(build).writes))
    size = len(writes)
    for number, (name, positional, keywords) in reversed(writes) if backwards else writes:
        try:
            transact(lambda transaction: getattr(transaction, name)(*positional, **keywords))
        except Exception as error:
            if hasattr(error, "lost"):
                error.lost = tuple(other == number for other in range(size))
                error.items = tuple(error.items[0] if other == number else None for other in range(size))
            raise
'''
