"""A headless Chromium, driven over the DevTools protocol.

See https://chromedevtools.github.io/devtools-protocol/ for the methods' names.
"""

import base64
import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

from run import Failure

WIDTH, HEIGHT = 1400, 1800
# A screenshot is one message of several megabytes.
LARGEST = 2**28
FLAGS = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pages must do without the network: a reader may have none, and a check that waits for it fails at random.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
]


def announced(name, process, log, seconds, read):
    """What a program that is starting writes down for others, as soon as `read` finds it whole."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
            return read()
        time.sleep(0.05)
    lines = log.read_text(errors="replace").strip().splitlines()
    raise Failure(f"{name} did not start: {lines[-1] if lines else 'it says nothing'}")


class Chromium:
    """A running browser; `page` opens one page at a time."""

    def __init__(self, program, folder):
        self.loop = IOLoop(make_current=False)
        self.number = 0
        self.log = folder / "chromium.log"
        profile = folder / "chromium"
        flags = [*FLAGS, f"--user-data-dir={profile}", f"--window-size={WIDTH},{HEIGHT}"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [program, *flags, "about:blank"], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        try:
            address = self.address(profile / "DevToolsActivePort")
            self.socket = self.loop.run_sync(lambda: websocket_connect(address, max_message_size=LARGEST), timeout=30)
        except BaseException:
            self.stop()
            raise

    def address(self, file):
        """Where it listens, which it writes down once it does."""
        return announced("Chromium", self.process, self.log, 60, lambda: "ws://127.0.0.1:{}{}".format(*file.read_text().split()))

    def call(self, method, session=None, **parameters):
        """Calls a method and waits for its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        answer = self.loop.run_sync(lambda: self.answer(message), timeout=120)
        if "error" in answer:
            raise Failure(f"Chromium refuses {method}: {answer['error'].get('message')}")
        return answer["result"]

    async def answer(self, message):
        await self.socket.write_message(json.dumps(message))
        while True:
            text = await self.socket.read_message()
            if text is None:
                raise Failure("Chromium has gone.")
            answer = json.loads(text)
            if answer.get("id") == message["id"]:
                return answer

    @contextlib.contextmanager
    def page(self, url):
        """A page in a tab of its own, closed afterwards."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        try:
            session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            page = Page(self, session)
            page.call(
                "Emulation.setDeviceMetricsOverride", width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False
            )
            page.call("Page.navigate", url=url)
            yield page
        finally:
            self.call("Target.closeTarget", targetId=target)

    def stop(self):
        """Ends the browser with all its processes, which are a group of their own."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Page:
    """One page."""

    def __init__(self, browser, session):
        self.browser = browser
        self.session = session

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def evaluate(self, expression):
        """The value of a JavaScript expression, or of what it promises."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Failure(f"the page fails: {details.get('exception', {}).get('description', details['text'])}")
        return answer["result"].get("value")

    def screenshot(self, path):
        """Writes what the window shows."""
        Path(path).write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
