"""Install a built wheel into an empty environment and use it in an empty folder, with no network but loopback.

    python -m build && python benchmarks/wheel_alone.py dist/*.whl [--python python3.12] [--constraints constraints.txt]

Only the installation may use the network. Each command afterwards runs in a network namespace of its own, in which
nothing but loopback exists (`unshare` of util-linux, no root needed). Prints the size of each part and the seconds of
each command; ends with 1 if one of them ends otherwise than it should.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_LOOPBACK = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up 2>/dev/null; exec "$0" "$@"')
_URL = re.compile(r"http://127\.0\.0\.1:\d+")
_FORMS = ("json", "csv", "bibtex", "ris", "csl-json", "atom", "html")
_PAGE = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=20).read().decode().count('<article'))"
_OUTSIDE = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"


def size(folder: Path) -> str:
    """The size of a file or of all files in a folder, in MB."""
    files = [folder] if folder.is_file() else [path for path in folder.rglob("*") if path.is_file()]
    return f"{sum(path.stat().st_size for path in files) / 1e6:.1f} MB"


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print how long the block took."""
    began = time.monotonic()
    yield
    print(f"{name:44} {time.monotonic() - began:6.1f} s", flush=True)


class Trial:
    """An installed wheel and the empty folder in which it is used."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries, self.folder = binaries, folder
        own = ("WATCHER_", "OPENAI_", "SLACK_", "PYTHON", "VIRTUAL_ENV", "DATABASE_URL")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        self.env |= {"PATH": f"{binaries}:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(folder), "BROWSER": "true"}
        self.wrong: list[str] = []

    def run(self, arguments: Sequence[str], code: int = 0) -> str:
        """The output of a command that must end with `code`."""
        with timed(f"literature-watcher {' '.join(arguments)}"):
            done = subprocess.run(
                [*_LOOPBACK, "literature-watcher", *arguments],
                cwd=self.folder, env=self.env, capture_output=True, text=True, check=False, timeout=300,
            )  # fmt: skip
        if done.returncode != code:
            self.wrong.append(f"{arguments} ends with {done.returncode}: {(done.stderr or done.stdout)[-400:]}")
        return done.stdout

    def demo(self) -> None:
        """Run the demo until its page stands, count the papers on it, and interrupt it."""
        began = time.monotonic()
        process = subprocess.Popen(
            [*_LOOPBACK, "literature-watcher", "demo", "--fast", "--port", "0"],
            cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        told = ""
        while not (found := _URL.search(told)) and (line := process.stdout.readline()):
            told += line
        print(f"{'literature-watcher demo, until its page stands':44} {time.monotonic() - began:6.1f} s", flush=True)
        if found:
            inside = ["nsenter", f"--target={process.pid}", "--user", "--preserve-credentials", "--net"]
            look = [*inside, str(self.binaries / "python"), "-c", _PAGE, found[0]]
            papers = subprocess.run(look, capture_output=True, text=True, check=False)
            if papers.stdout.strip() != "7":
                self.wrong.append(f"the demo's page: {papers.stdout.strip()} papers {papers.stderr[-300:]}")
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        if process.returncode != 0 or not found:
            self.wrong.append(f"the demo ends with {process.returncode}: {(told + rest)[-400:]}")


def use(trial: Trial) -> None:
    """Run what a newcomer runs, and compare what must be the same."""
    outside = subprocess.run([*_LOOPBACK, trial.binaries / "python", "-c", _OUTSIDE], capture_output=True, check=False)
    if outside.returncode == 0:
        trial.wrong.append("the commands have a network")
    print(f"version {trial.run(['--version']).strip()}")
    trial.demo()
    trial.run(["check"])
    trial.run(["doctor", "--offline"])
    feed = next(trial.binaries.parent.glob("lib/*/site-packages/watcher/demo/data/*.xml"))
    took = trial.run(["run", "--feed", str(feed), "--now", "2026-06-29T05:00:00+00:00", "--json"], code=1)  # no model
    if (report := json.loads(took or "{}")).get("announced", 0) == 0:
        trial.wrong.append(f"run took nothing in: {report}")
    trial.run(["status"])
    (trial.folder / "var" / "catalog.md").write_bytes(next(trial.folder.glob("var/demo/catalog/*.md")).read_bytes())
    for form in _FORMS:
        if not trial.run(["catalog", "export", "--format", form]):
            trial.wrong.append(f"the catalog as {form} is empty")
    trial.run(["db", "backup", "backup.jsonl.gz"])


def main() -> None:
    """Install, use, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--constraints", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        environment, folder = Path(made, "environment"), Path(made, "empty")
        folder.mkdir()
        subprocess.run([chosen.python, "-m", "venv", str(environment)], check=True)
        before = sum(1 for _ in environment.rglob("*"))
        exact = ["-c", str(chosen.constraints)] if chosen.constraints else []
        with timed("pip install of the wheel and what it needs"):
            pip = [
                str(environment / "bin" / "pip"),
                "install",
                "-q",
                "--disable-pip-version-check",
                *exact,
                str(chosen.wheel),
            ]
            subprocess.run(pip, check=True)
        print(f"the wheel {size(chosen.wheel)}, the environment {size(environment)} (had {before} files before)")
        trial = Trial(environment / "bin", folder)
        use(trial)
        print(f"the folder afterwards {size(folder)}")
    for line in trial.wrong:
        print(f"WRONG: {line}")
    sys.exit(bool(trial.wrong))


if __name__ == "__main__":
    main()
