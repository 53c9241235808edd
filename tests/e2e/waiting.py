"""Waiting for what a page computes. Playwright's own way needs `eval`, which the content policy forbids."""

import time

from playwright.sync_api import Page


def wait_until(page: Page, condition: str, seconds: float = 10) -> None:
    """`condition` is an expression of JavaScript."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"waited in vain for {condition}"
        page.wait_for_timeout(50)
