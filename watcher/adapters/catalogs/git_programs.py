"""Runs the operator's own programs that a git commit involves, the file's filter and the signing program, with a time
limit.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watcher.adapters.catalogs.git_process import Git
from watcher.domain.errors import CatalogError

_SECONDS: Final = 20.0
_SIGNERS: Final = {
    "openpgp": (("gpg.openpgp.program", "gpg.program"), "gpg"),
    "x509": (("gpg.x509.program",), "gpgsm"),
    "ssh": (("gpg.ssh.program",), "ssh-keygen"),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """The clean and smudge filter of a file (gitattributes(5)), with the programs named in git's configuration."""

    git: Git
    name: str
    clean: str
    smudge: str

    def cleaned(self, data: bytes, name: str) -> str:
        """Apply the clean filter to bytes, as for the file `name` beside git's folder, and return the hash of the blob.
        Raises CatalogError.
        """
        arguments = ("hash-object", "-w", "--stdin", f"--path={name}")
        return os.fsdecode(self._run(self.clean, arguments, data)).rstrip("\n")

    def smudged(self, blob: str, path: str) -> bytes:
        """The content of a git blob after the smudge filter, as for the file at `path` below the top of the working
        tree. Raises CatalogError.
        """
        return self._run(self.smudge, ("cat-file", "--filters", f"--path={path}", blob), b"")

    def _run(self, program: str, arguments: Sequence[str], data: bytes) -> bytes:
        # Git passes over a filter that fails unless it is required, and would commit the file unfiltered.
        required = ("-c", f"filter.{self.name}.required=true") if program else ()
        remedy = f"mend filter.{self.name} in git's configuration; the next try goes on"
        what = f"the filter {self.name!r} ({program})"
        return _told(self.git, what, remedy, (*required, *arguments), data)


def filter_of(git: Git, name: str) -> Filter | None:
    """The git filter (clean and smudge programs) that .gitattributes names for a file, None if it names none. Raises
    CatalogError if the filter is not configured on this machine.
    """
    said = os.fsdecode(git("check-attr", "-z", "filter", "--", f"./{name}")).split("\0")
    driver = said[2] if len(said) > 2 else ""  # path, attribute, value
    if driver in {"", "unspecified", "set", "unset"}:
        return None
    listed = os.fsdecode(git.run("config", "-z", "--get-regexp", r"^filter\.").stdout).split("\0")
    known = dict(entry.partition("\n")[::2] for entry in listed if entry)
    both = known.get(f"filter.{driver}.process", "")
    clean, smudge = (both or known.get(f"filter.{driver}.{verb}", "") for verb in ("clean", "smudge"))
    if not (clean or smudge):
        raise CatalogError(
            f"the filter {driver!r} that .gitattributes names is not set up on this machine",
            about=str(git.folder),
            remedy=f"install it and set filter.{driver} in git's configuration; the next try goes on",
        )
    return Filter(git, driver, clean, smudge)


def commit_of(git: Git, tree: str, parents: Sequence[str], message: str, at: datetime) -> str:
    """Create a git commit, signed if commit.gpgSign is set, and return its hash. Raises CatalogError."""
    words = [word for parent in parents for word in ("-p", parent)]
    if git.perhaps("config", "--type=bool", "--get", "commit.gpgSign") != "true":
        return git.line("commit-tree", *words, tree, stdin=message.encode(), at=at)
    what = f"the signing program ({_signer(git)})"
    remedy = "see that it signs without asking anybody (gpg.* and user.signingKey in git's configuration)"
    made = _told(git, what, remedy, ("commit-tree", "-S", *words, tree), message.encode(), at=at)
    return os.fsdecode(made).rstrip("\n")


def _signer(git: Git) -> str:
    settings, usual = _SIGNERS.get(git.perhaps("config", "--get", "gpg.format") or "openpgp", ((), "gpg.format"))
    return next(filter(None, (git.perhaps("config", "--get", setting) for setting in settings)), usual)


def _told(
    git: Git, what: str, remedy: str, arguments: Sequence[str], data: bytes, *, at: datetime | None = None
) -> bytes:
    """The output of git. If the operator's program failed or took too long, raises an error that names the program."""
    try:
        done = git.run(*arguments, stdin=data, at=at, seconds=_SECONDS)
    except CatalogError as error:
        raise CatalogError(f"{what} took over {_SECONDS:g} s", about=str(git.folder), remedy=remedy) from error
    if done.returncode:
        said = " ".join(os.fsdecode(done.stderr).split())[:300]
        raise CatalogError(f"{what} failed: {said}", about=str(git.folder), remedy=remedy)
    return done.stdout
