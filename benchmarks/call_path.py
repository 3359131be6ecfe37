"""Follow the papers of the demo's day from their feed to a committed row: how many files, and how deep the calls go.

    python benchmarks/call_path.py [--files] [--deeper-than 16]

The demo's pipeline runs once, a curator adds the first paper, and the decision is carried out. Counted are the files of
watcher/ of which a function was called (`__init__.py` left out), and the functions of watcher/ that stand on the stack of
one thread at once, with lambdas, and with comprehensions where Python gives them a frame (before 3.12).
`--files` lists each file with its functions, `--deeper-than` the distinct stacks that are deeper, outermost call first.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FrameType

_ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))  # the project, from wherever this is run

from watcher.adapters.desks.web.desk import WebDesk  # noqa: E402
from watcher.adapters.llm.recorded import RecordedModel  # noqa: E402
from watcher.bootstrap import Watcher  # noqa: E402
from watcher.demo import DAY, FEED, PASSES, REPLIES, DayClock, demo_settings, prepare_catalog  # noqa: E402
from watcher.domain.facts import Verdict  # noqa: E402

_OURS = str(_ROOT / "watcher") + os.sep


class Calls:
    """What a profile function saw: the functions called in each file, and every stack that ended in a new function."""

    def __init__(self) -> None:
        self.files: dict[str, set[str]] = defaultdict(set)
        self.stacks: set[tuple[CodeType, ...]] = set()

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        """Note a call; the interpreter calls this for every one of a thread."""
        code = frame.f_code
        if event != "call" or not _is_ours(code):
            return
        if not code.co_filename.endswith("__init__.py"):
            self.files[_file(code)].add(code.co_name)
        stack: list[CodeType] = []
        here: FrameType | None = frame
        while here is not None:
            if _is_ours(here.f_code):
                stack.append(here.f_code)
            here = here.f_back
        self.stacks.add(tuple(reversed(stack)))

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note the calls of this thread and of those that begin within the block."""
        threading.setprofile(self)
        sys.setprofile(self)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)


def _is_ours(code: CodeType) -> bool:
    """Whether this is the code of a function of watcher/, and neither a class body nor a module."""
    return bool(code.co_flags & CO_OPTIMIZED) and code.co_filename.startswith(_OURS)


def _file(code: CodeType) -> str:
    return code.co_filename.removeprefix(_OURS)


def _follow(folder: str) -> Calls:
    """Take the demo's day to its cards, add the first paper, and write its row."""
    os.environ |= {"WATCHER_DATA": folder, "WATCHER_CONFIG": str(_ROOT / "config")}
    settings, calls = demo_settings(), Calls()
    prepare_catalog(settings.catalog)
    model = RecordedModel(REPLIES, PASSES, pause=0.0)
    watcher = Watcher(settings, feeds=[str(FEED)], model=model, desk=WebDesk(), enrichers=(), clock=DayClock())
    with calls.noted():
        report = watcher.pipeline.run("followed", now=DAY)
    number = watcher.curation.cards()[0].candidate.number
    with calls.noted():
        watcher.curation.decide(number, Verdict.APPROVE, "curator", "console")
        failures = watcher.pipeline.apply_decisions()
    row = watcher.curation.card(number).row
    watcher.close()
    if report.failures or failures or row is None:
        raise SystemExit(f"the paper did not become a row: {[*report.failures, *failures]}")
    return calls


def main() -> None:
    """Print the number of files, the depth, and what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", action="store_true", help="list the files and the functions called in them")
    parser.add_argument("--deeper-than", type=int, metavar="N", help="list the stacks of more than N functions")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        calls = _follow(folder)
    print(f"{len(calls.files)} files, {max(map(len, calls.stacks))} functions deep")
    for name, functions in sorted(calls.files.items()) if given.files else ():
        print(f"  {name}: {', '.join(sorted(functions))}")
    for stack in sorted(calls.stacks, key=len, reverse=True) if given.deeper_than else ():
        if len(stack) > given.deeper_than:
            print(f"{len(stack):3}", " > ".join(f"{_file(code)}:{code.co_name}" for code in stack))


if __name__ == "__main__":
    main()
