"""A headless Chromium, spoken to through two pipes: opens pages as readers do, and tells what their policy blocked."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def found() -> str:
    """The browser of this machine; "" if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), "")


class Browser:
    """One tab."""

    def __init__(self, orders: BinaryIO, answers: BinaryIO) -> None:
        self._orders, self._answers = orders, answers
        self._number, self._rest = 0, b""
        self._session = ""
        self.complaints: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Audits", "Network"):
            self._ask(f"{domain}.enable")

    def open(self, page: Path, width: int, height: int = 800, scheme: str = "light") -> None:
        """Load the page in a window of that size, for a reader who prefers light or dark."""
        self.complaints.clear()
        scale = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self._ask("Emulation.setDeviceMetricsOverride", **scale)
        self._ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self._ask("Page.navigate", url=page.resolve().as_uri())
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def value(self, expression: str) -> Any:
        """What the expression is in the page; the page's own policy does not bind it."""
        return self._ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def screenshot(self, path: Path) -> None:
        """The whole page as an image."""
        taken = self._ask("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(taken["data"]))

    def print(self, path: Path) -> None:
        """The page as it would be printed."""
        path.write_bytes(base64.b64decode(self._ask("Page.printToPDF", preferCSSPageSize=True)["data"]))

    def _ask(self, method: str, **values: Any) -> dict[str, Any]:
        self._number += 1
        order = {"id": self._number, "method": method, "params": values}
        order |= {"sessionId": self._session} if self._session else {}
        self._orders.write(json.dumps(order).encode() + b"\0")
        self._orders.flush()
        while (answer := self._next()).get("id") != self._number:
            pass
        assert "error" not in answer, answer["error"]
        result: dict[str, Any] = answer["result"]
        return result

    def _next(self) -> dict[str, Any]:
        """The next message; what the browser complains of on the way is kept."""
        while b"\0" not in self._rest:
            more = os.read(self._answers.fileno(), 1 << 20)
            assert more, "the browser ended"
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        read: dict[str, Any] = json.loads(message)
        if read.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown", "Audits.issueAdded"):
            self.complaints.append(json.dumps(read["params"])[:500])
        if read.get("method") == "Network.requestWillBeSent" and not read["params"]["documentURL"].startswith("about:"):
            url = read["params"]["request"]["url"]
            if url != read["params"]["documentURL"]:
                self.complaints.append(f"asked for {url[:200]}")
        return read


@contextmanager
def browser(executable: str) -> Iterator[Browser]:
    """A browser with a profile of its own, ended afterwards."""
    for_it, orders = os.pipe()
    answers, from_it = os.pipe()
    with tempfile.TemporaryDirectory(prefix="mb", dir="/tmp", ignore_cleanup_errors=True) as profile:
        command = ["bash", "-c", f'exec "$@" 3<&{for_it} 4>&{from_it}', "-", executable, *_FLAGS]
        started = subprocess.Popen(
            [*command, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(for_it, from_it),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(for_it)
        os.close(from_it)
        try:
            with open(orders, "wb") as writing, open(answers, "rb", buffering=0) as reading:
                yield Browser(writing, reading)
        finally:
            started.terminate()
            started.wait(20)
