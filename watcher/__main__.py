"""Entry point of `python -m watcher`: every error becomes one line on stderr and an exit code."""

from __future__ import annotations

import atexit
import gc
import os
import sys


def main() -> None:
    """Run the command named by the arguments. The exit code is 0 on success, 1 on failure with one line on stderr, 2 on
    wrong usage.
    """
    gc.set_threshold(200_000)  # the default of 700 looks for garbage in loaded modules: a tenth of a command's time
    atexit.register(gc.freeze)  # the interpreter looks for garbage again before it ends: another tenth
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for any it reads of every installed package
    try:
        from watcher.cli import app_for  # noqa: PLC0415 - the handlers below cover it

        asked = {"--install-completion", "--show-completion"} & {*sys.argv[1:]}
        # a shell completes the name that is typed, and nobody's shell knows "python -m watcher"
        app_for(sys.argv[1:])(prog_name="watcher" if asked and sys.argv[0].endswith("__main__.py") else None)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - whatever it was, it ends as one line
        from watcher.domain.errors import Misuse  # noqa: PLC0415 - here and below: what only failures need
        from watcher.words_ja.failures import line_of  # noqa: PLC0415

        sys.stderr.write(line_of(error))
        sys.exit(2 if isinstance(error, Misuse) else 1)


if __name__ == "__main__":
    main()
