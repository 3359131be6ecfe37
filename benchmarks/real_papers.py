"""Holds every one of the 8,841 real papers to what the tests ask of some of them: messages, windows, quotations, a day.

    python benchmarks/real_papers.py

Exits with pytest's code; takes ten minutes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.exit(pytest.main(["-q", "-n", "auto", "-m", "figure", str(Path(__file__).parents[1] / "tests")]))
