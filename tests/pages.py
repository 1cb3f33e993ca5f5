"""What the tests of chapters 11 and 19 share: attacks on a service, and a browser."""

import contextlib
import json
import os
import shutil
import socket
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest


def attacked(app: Any) -> int:
    """Schemathesis makes requests up from openapi.json, good ones and bad ones.

    Each answer must be as the document says. Gives how many were tried.
    """
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        negative_data_rejection,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [not_a_server_error, content_type_conformance, status_code_conformance,
              response_schema_conformance, negative_data_rejection]  # fmt: skip
    schema: Any = schemathesis.openapi.from_wsgi("/openapi.json", app)
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    slow = list(hypothesis.HealthCheck)
    made = hypothesis.settings(max_examples=20, suppress_health_check=slow)
    tried = 0

    def attack(case: Any) -> None:
        nonlocal tried
        tried += 1
        case.call_and_validate(checks=checks)

    for found in schema.get_all_operations():
        for mode in modes:
            cases = found.ok().as_strategy(generation_mode=mode)
            with contextlib.suppress(hypothesis.errors.Unsatisfiable):  # no bad GET
                made(hypothesis.given(case=cases)(attack))()
    return tried


def answered(port: int, text: bytes) -> int:
    """The status with which bytes that are no HTTP are answered, in JSON."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        wire.sendall(text)
        wire.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: wire.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1."), head
    assert set(json.loads(body)) == {"error", "fields"}
    return int(head.split()[1])


@contextlib.contextmanager
def dark_phone(address: str) -> Iterator[tuple[Any, list[str], list[str]]]:
    """A page in Chromium, 390 wide and dark; its errors; what it asks of others."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        how = "no Chromium here: sudo apt install chromium (Debian, Ubuntu)"
        assert not os.environ.get("CI"), how
        pytest.skip(how)
    from playwright.sync_api import sync_playwright

    wrong: list[str] = []
    elsewhere: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": 390, "height": 844}, color_scheme="dark"
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console", lambda m: wrong.append(m.text) if m.type == "error" else None
        )
        page.on("request", lambda r: elsewhere.append(r.url)
                if not r.url.startswith((address, "data:")) else None)  # fmt: skip
        page.goto(address)
        yield page, wrong, elsewhere
        browser.close()
