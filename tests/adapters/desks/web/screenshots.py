"""Take the pictures of the web desk for the README: python -m tests.adapters.desks.web.screenshots URL FOLDER.

URL is the page of a fresh `watcher demo`; nothing is decided there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

from tests.tools import CHROMIUM_ARGS, chromium

CARD = "/card/"
PICTURES = {
    "web-desktop": ("/", (1280, 1010), "light", 1.5),
    "web-desktop-dark": ("/", (1280, 1010), "dark", 1.5),
    "web-phone": ("/", (390, 844), "light", 1.5),
    "web-proposals": ("/proposals", (1000, 900), "light", 1.0),
    "web-edit": (CARD, (1000, 1300), "light", 1.5),
    "catalog-page": ("/catalog", (1200, 1400), "light", 1.0),
}
"""By name: page, width and height, color scheme, scale. `/card/` is the edit form of the first card."""


def take(url: str, folder: Path) -> None:
    """Write every picture into `folder`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium()), args=CHROMIUM_ARGS)
        for name, (path, (width, height), scheme, scale) in PICTURES.items():
            page = browser.new_page(
                viewport=ViewportSize(width=width, height=height),
                color_scheme="dark" if scheme == "dark" else "light",
                device_scale_factor=scale,
                locale="ja-JP",
            )
            page.goto(url)
            if path == CARD:
                page.get_by_role("link", name="編集").first.click()
            else:
                page.goto(url + path)
            page.screenshot(path=folder / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    take(sys.argv[1], Path(sys.argv[2]))
