"""Runs git commands as processes, with a time limit, without asking for passwords and with the repository's hooks
turned off. Git still runs the programs that the operator has configured for a file's clean and smudge filter and for
signing commits; if one fails or takes over 20 seconds, the error names it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from watcher.domain.errors import CatalogError

_SECONDS = 60.0  # a local command that takes longer hangs, and others wait for the file's lock meanwhile
# Git gets what it needs to work and none of the watcher's secrets; left out above all are GIT_DIR and its kin, which
# would point it at another repository.
_PASSED_ON = (
    *("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "USER", "LOGNAME", "SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GNUPGHOME"),
    *("https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO"),
)
# What a repository's own configuration could make git do behind our back: run a hook or a watcher of files, ask for a
# password in a window, recurse into other repositories. What signs commits and filters files is the operator's word.
_TAMED: Final = tuple(
    word
    for setting in (
        *("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.askPass="),
        *("push.gpgSign=false", "push.recurseSubmodules=no", "fetch.recurseSubmodules=no", "submodule.recurse=false"),
        *("push.followTags=false", "protocol.ext.allow=never", "credential.interactive=false", "core.quotePath=false"),
        *("advice.detachedHead=false", "color.ui=false"),
    )
    for word in ("-c", setting)
)
_HELD: Final = re.compile(r"Unable to create '(?P<lock>[^']+\.lock)'|could not lock \S+ .*?'(?P<other>[^']+\.lock)'")
_STALE: Final = timedelta(minutes=10)  # no git command of the bot may run that long
SECRET: Final = re.compile(r"(?<=://)[^/\s@]+@")
"""A password in a URL."""


@dataclass(frozen=True, slots=True)
class Git:
    """Runs git commands in one folder. `extra` is configuration (`-c`) for every command; `secrets` are passed in the
    environment only.
    """

    folder: Path
    author: tuple[str, str] = ("", "")
    extra: Sequence[str] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        index: Path | None = None,
        at: datetime | None = None,
        seconds: float = _SECONDS,
        check: bool = False,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a git command and return its result, whether it failed or not. Raises CatalogError if it takes too long,
        FileNotFoundError if git is not installed. With `check`, a lock file that a killed git left behind is deleted, and
        CatalogError raised if the command fails.
        """
        command = ["git", *_TAMED, *(word for setting in self.extra for word in ("-c", setting)), *arguments]
        name, email = self.author
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": email,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": email,
            **self.secrets,
            **({"GIT_INDEX_FILE": str(index)} if index else {}),
            **({"GIT_AUTHOR_DATE": at.isoformat(timespec="seconds")} if at else {}),
        }
        # In a session of its own nothing finds a terminal to ask at, and helpers die with git.
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(stdin, timeout=seconds)
            except subprocess.TimeoutExpired as error:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                raise CatalogError(
                    f"git {arguments[0]} took over {seconds:g} s", about=str(self.folder), remedy="it is tried again"
                ) from error
        if check and process.returncode:
            if at is not None and self._cleared(err, at):
                return self.run(*arguments, stdin=stdin, index=index, at=at, seconds=seconds, check=True)
            raise failure(self.folder, arguments[0], err)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def __call__(
        self, *arguments: str, stdin: bytes = b"", index: Path | None = None, at: datetime | None = None
    ) -> bytes:
        """Run a git command and return what it writes to stdout. Raises CatalogError if it fails."""
        return self.run(*arguments, stdin=stdin, index=index, at=at, check=True).stdout

    def line(self, *arguments: str, stdin: bytes = b"", index: Path | None = None, at: datetime | None = None) -> str:
        """Run a git command and return its output as one line. Raises CatalogError if it fails."""
        return os.fsdecode(self.run(*arguments, stdin=stdin, index=index, at=at, check=True).stdout).rstrip("\n")

    def perhaps(self, *arguments: str) -> str:
        """Run a git command and return its output as one line, or "" if it fails."""
        done = self.run(*arguments)
        return os.fsdecode(done.stdout).rstrip("\n") if done.returncode == 0 else ""

    def _cleared(self, stderr: bytes, at: datetime) -> bool:
        """Delete the lock file that git failed on if it is old and no git is running in or below the folder, as far as
        that can be determined; return whether that was done.
        """
        found = _HELD.search(os.fsdecode(stderr))
        if found is None:
            return False
        lock, processes = Path(found["lock"] or found["other"]), Path("/proc")
        try:
            age = at.timestamp() - lock.stat().st_mtime
        except OSError:
            return False
        if age < _STALE.total_seconds() or not (processes / "self" / "cwd").exists():
            return False
        parents = (self.folder, *self.folder.parents)
        top = next((parent for parent in parents if (parent / ".git").exists()), self.folder)
        for process in processes.iterdir():
            try:
                is_git = process.name.isdecimal() and (process / "comm").read_text().startswith("git")
                if is_git and (process / "cwd").resolve(strict=True).is_relative_to(top):
                    return False
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile
            except OSError:
                return False  # somebody else's git, whose folder is not ours to see
        lock.unlink(missing_ok=True)
        return True


def failure(folder: Path, command: str, stderr: bytes) -> CatalogError:
    """The error for a failed git command, from what git wrote to stderr, with passwords in URLs removed."""
    said = SECRET.sub("", stderr.decode(errors="replace")).strip()
    remedy = f"mend what git says in {folder}; the next try goes on"
    if _HELD.search(said):
        remedy = (
            "if no git is at work there, delete the lock it names; the next try goes on, and takes an old lock away"
        )
    return CatalogError(f"git {command} failed: {said[:400]}", about=str(folder), remedy=remedy)


_PROGRAM_SECONDS: Final = 20.0
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
        done = git.run(*arguments, stdin=data, at=at, seconds=_PROGRAM_SECONDS)
    except CatalogError as error:
        raise CatalogError(f"{what} took over {_PROGRAM_SECONDS:g} s", about=str(git.folder), remedy=remedy) from error
    if done.returncode:
        said = " ".join(os.fsdecode(done.stderr).split())[:300]
        raise CatalogError(f"{what} failed: {said}", about=str(git.folder), remedy=remedy)
    return done.stdout
