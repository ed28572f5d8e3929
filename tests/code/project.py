"""A small project whose code is asked about, edited, and asked about again."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from jobmake.code.code import Code, Reached
from jobmake.code.known import Known


class CodeProject:
    """Files in a folder. Every question is put to a `Code` that knows what others found."""

    def __init__(self, root: Path) -> None:
        self.root, self.known = root, Known()
        self.search: tuple[str, ...] = (".",)
        self.site: tuple[str, ...] = ()

    def write(self, path: str, text: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text()
        assert old in text, f"`{old}` is not in {path}"
        self.write(path, text.replace(old, new))

    def code(self) -> Code:
        return Code(str(self.root), self.search, self.known, site=self.site)

    def of(self, name: str) -> Reached:
        """Ask about `module:qualname`; what is kept must not differ from what is found anew."""
        module, _, qualname = name.partition(":")
        answer = self.code().of(module, qualname)
        assert answer == Code(str(self.root), self.search, Known(), site=self.site).of(
            module, qualname
        )
        return answer

    def changes(self, name: str, path: str, old: str, new: str) -> bool:
        """Say whether an edit changes what counts for `module:qualname`. The edit stays."""
        before = self.of(name).parts
        self.replace(path, old, new)
        return self.of(name).parts != before
