"""Run what `python -m watcher …` or `python -c …` runs, in a fork of a process that has imported everything already.

Starting a Python for it costs 1.8 s of processor, a fork some hundredths. For the program all is as it should be:
arguments, environment, working folder, the three standard streams, signals and exit code are its own, and it ends as
an interpreter does. What differs: a library that reads the environment when it is imported has read the session's.

The process that forks is started for the first command and ends with the process that asked for it. It runs nothing
itself, so that a fork begins with the state of a fresh interpreter; nothing that a test patches reaches it.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Self

_ROOT = Path(__file__).parents[1]
_NUMBER = struct.Struct("q")
_STARTING = threading.Lock()
_LOADED_LATE = (
    "alembic.command",
    "alembic.config",
    "anyio.streams.tls",
    "encodings.idna",
    "httpcore2",
    "openai.resources",
    "pylatexenc.latexwalker",
    "rich._emoji_codes",
    "sudachidict_small",
    "sudachipy",
    "truststore",
    "typer._adapters",
    "typer._click.decorators",
)
"""What libraries import only when they need it."""


class Command:
    """A command under way; does as `subprocess.Popen` does. `stdin` and `stdout` are there where a pipe was asked for."""

    def __init__(
        self, arguments: Sequence[str], status: socket.socket, stdin: IO[str] | None, stdout: IO[str] | None
    ) -> None:
        """`status` is the end of a socket on which the number of the process comes, and at last its exit code."""
        self.args = list(arguments)
        self.returncode: int | None = None
        self.stdin, self.stdout = stdin, stdout
        self._status = status
        self.pid = self._number()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close the pipes and wait for its end."""
        for pipe in (self.stdin, self.stdout):
            if pipe:
                pipe.close()
        self.wait()

    def communicate(self) -> tuple[str, None]:
        """All that it writes to its pipe until it ends."""
        with self:
            if self.stdin:
                self.stdin.close()
            return self.stdout.read() if self.stdout else "", None

    def poll(self) -> int | None:
        """The exit code, None while it runs; a signal that ended it is given as a negative number."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; gives the exit code. Raises subprocess.TimeoutExpired after so many seconds."""
        code = self._look(timeout)
        if code is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(self.args, timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal to it, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], timeout)[0]:
            self.returncode = self._number()
            self._status.close()
        return self.returncode

    def _number(self) -> int:
        received = self._status.recv(_NUMBER.size, socket.MSG_WAITALL)
        if not received:
            raise RuntimeError("the process that forks for commands is gone")
        number: int = _NUMBER.unpack(received)[0]
        return number


def start(
    arguments: Sequence[str],
    env: Mapping[str, str] = os.environ,
    *,
    stdin: int | IO[Any] = subprocess.DEVNULL,
    stdout: int | IO[Any] | None = None,
    stderr: int | IO[Any] | None = None,
) -> Command:
    """Start what `python ARGUMENTS` would run; they begin with `-m MODULE` or `-c SCRIPT`.

    Streams are as for `subprocess.Popen`, but that input is empty unless given; a pipe carries text.
    """
    ours: dict[str, IO[str] | None] = {"stdin": None, "stdout": None}
    with ExitStack() as stack:
        streams: list[int | IO[Any]] = []
        for number, (name, stream) in enumerate((("stdin", stdin), ("stdout", stdout), ("stderr", stderr))):
            if stream == subprocess.PIPE:
                reads, writes = os.pipe()
                theirs, kept = (reads, writes) if name == "stdin" else (writes, reads)
                ours[name] = os.fdopen(kept, "w" if name == "stdin" else "r", encoding="utf-8")
                streams.append(stack.enter_context(os.fdopen(theirs, "rb" if name == "stdin" else "wb")))
            elif stream == subprocess.DEVNULL:
                streams.append(stack.enter_context(Path(os.devnull).open("r+b", buffering=0)))
            else:
                streams.append(number if stream is None else stream)
        fds = [stream if isinstance(stream, int) else stream.fileno() for stream in streams]
        status, far = socket.socketpair()
        stack.enter_context(far)
        socket.send_fds(_server(), [b"!"], [*fds, far.fileno()])
    asked = {"arguments": list(arguments), "env": dict(env), "cwd": str(Path.cwd())}
    status.sendall(json.dumps(asked).encode() + b"\n")
    return Command(arguments, status, **ours)


def run(
    arguments: Sequence[str], env: Mapping[str, str] = os.environ, *, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run what `python ARGUMENTS` would to its end; gives its exit code and what it wrote.

    Raises subprocess.TimeoutExpired, and ends it, after so many seconds.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as err:
        command = start(arguments, env, stdout=out, stderr=err)
        try:
            code = command.wait(timeout)
        except BaseException:
            command.kill()
            command.wait()
            raise
        for stream in (out, err):
            stream.seek(0)
        return subprocess.CompletedProcess(command.args, code, out.read(), err.read())


def _server() -> socket.socket:
    with _STARTING:
        return _start_server()


@functools.cache
def _start_server() -> socket.socket:
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        server = subprocess.Popen(command, cwd=_ROOT, pass_fds=[theirs.fileno()])

    def stop() -> None:
        ours.close()
        server.wait()

    atexit.register(stop)
    return ours


# What follows is done in the process that forks.


def _load() -> None:
    """Import every module of the program, and what they load later."""
    import watcher  # noqa: PLC0415

    for module in pkgutil.walk_packages(watcher.__path__, "watcher."):
        if not module.name.endswith((".__main__", ".env")) and ".versions." not in module.name:
            importlib.import_module(module.name)
    for name in _LOADED_LATE:
        importlib.import_module(name)
    _fill_caches()
    assert threading.active_count() == 1, "a fork would lack the other threads"
    gc.collect()
    gc.freeze()


def _fill_caches() -> None:
    """Read once what is kept from the first time on and depends on nothing but the files that ship."""
    from watcher.adapters.prefilters import PREFILTERS  # noqa: PLC0415
    from watcher.bootstrap.configuration import read_prefilter  # noqa: PLC0415
    from watcher.domain.hostile.anomalies import find_injections  # noqa: PLC0415
    from watcher.net import trusted  # noqa: PLC0415
    from watcher.settings import load_settings  # noqa: PLC0415
    from watcher.stages.screen import Screen  # noqa: PLC0415

    trusted()
    find_injections("")
    settings = load_settings({"WATCHER_CONFIG": str(_ROOT / "config")})
    for topic in settings.topics:
        for prefilter in PREFILTERS.values():
            made = prefilter(read_prefilter(settings, topic.slug))
            Screen(topic, made, 1.0)


def _fork_when_asked(asked: socket.socket) -> list[int]:
    """Fork for every request; returns in the forks alone, with what came along. Ends when nobody can ask any more."""
    statuses: dict[int, int] = {}
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([asked.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 512)
            _tell_ends(statuses)
        if asked.fileno() not in ready:
            continue
        message, fds, _, _ = socket.recv_fds(asked, 1, 4)
        if not message:
            for pid in statuses:
                os.kill(pid, signal.SIGKILL)
            sys.exit()
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for fd in (*statuses.values(), woken, wake, asked.detach()):
                os.close(fd)
            return fds
        os.write(fds[3], _NUMBER.pack(pid))
        statuses[pid] = fds.pop()
        for fd in fds:
            os.close(fd)


def _tell_ends(statuses: dict[int, int]) -> None:
    """Take leave of every fork that has ended, and tell its exit code."""
    while statuses:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        fd = statuses.pop(pid)
        try:
            os.write(fd, _NUMBER.pack(os.waitstatus_to_exitcode(status)))
        except BrokenPipeError:
            pass  # nobody wants to know
        finally:
            os.close(fd)


def _become(fds: list[int]) -> None:
    """Run, in a fork, what was asked for."""
    for target, fd in enumerate(fds[:3]):
        os.dup2(fd, target)
        os.close(fd)
    with socket.socket(fileno=fds[3]) as status, status.makefile("rb") as lines:
        asked = json.loads(lines.readline())
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    os.chdir(asked["cwd"])
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)
    flag, what, *arguments = asked["arguments"]
    sys.argv = [flag, *arguments]
    if flag == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.modules["__main__"] = main = ModuleType("__main__")
        exec(compile(what, "<string>", "exec"), main.__dict__)  # noqa: S102 - as `python -c` does


if __name__ == "__main__":
    _load()
    _become(_fork_when_asked(socket.socket(fileno=int(sys.argv[1]))))
