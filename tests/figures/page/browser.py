"""A headless Chromium, spoken to in its own protocol over two pipes."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Its sandbox is not to be had as root or in many containers, and the only page it shows is ours.
FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
)
# The browser talks on its own behalf (updates, field trials) unless it is told not to.
SILENT = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Seconds after which a browser that says nothing is given up, however busy the machine.
PATIENCE = 120


def installed() -> str | None:
    """The path of a browser that can be driven, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One page of a browser that is ended with the `with` block; `events` holds all that the page has reported."""

    def __init__(self, program: str) -> None:
        self.events: list[dict[str, Any]] = []
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        # Chromium reads from descriptor 3 and writes to descriptor 4.
        command = [program, *FLAGS, *SILENT, f"--user-data-dir={self._folder.name}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", *command],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._out, self._in, self._read, self._number = ours_out, ours_in, b"", 0
        self._session: dict[str, Any] = {}

    def __enter__(self) -> Browser:
        try:
            self._attach()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def _attach(self) -> None:
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(each["targetId"] for each in targets if each["type"] == "page")
        attached = self.ask("Target.attachToTarget", targetId=page, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def _end(self) -> None:
        os.close(self._out)
        os.close(self._in)
        self._process.terminate()
        self._process.wait(20)
        self._folder.cleanup()

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer of the browser; `RuntimeError` if it refuses."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters, **self._session}
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, path: Path) -> None:
        """Show a file, once it and all in it is loaded."""
        before = len(self.events)
        self.ask("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events[before:]):
            self.events.append(self._next())

    def value(self, script: str) -> Any:
        """What a script is worth on the page; `RuntimeError` with its error if it fails."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(f"{script}: {found['exceptionDetails']}")
        return found["result"].get("value")

    def look(self, width: int, height: int, dark: bool = False, media: str = "screen") -> None:
        """The size of the window, and the colours and the medium that the reader prefers."""
        phone = width < 600
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def picture(self, path: Path) -> None:
        """What is seen now, as PNG."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            if not select.select([self._in], [], [], PATIENCE)[0]:
                raise RuntimeError(f"the browser has been silent for {PATIENCE} s")
            part = os.read(self._in, 1 << 16)
            if not part:
                raise RuntimeError(f"the browser has ended with code {self._process.wait(20)}")
            self._read += part
        message, _, self._read = self._read.partition(b"\0")
        return json.loads(message)
