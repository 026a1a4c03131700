"""Looks at notebooks as a reader does: in JupyterLab and as HTML, in a headless Chromium.

Each is opened as committed and not trusted, as one that came from elsewhere is;
those named by `--run` also with their kernel, by `Run All Cells`; and as nbconvert makes it.
"""

import argparse
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import nbformat
from nbconvert import HTMLExporter
from nbformat.v4.rwbase import rejoin_lines

from chromium import Chromium, announced
from run import Failure, carry_out
from run import read as read_parts
from sight import complaints, demands, doctored

SIGHT = Path(__file__).with_name("sight.js").read_text(encoding="utf-8")
# Cells out of sight are otherwise not on the page.
SETTINGS = {"@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"}}
# A notebook that is only read starts a kernel all the same: one that never answers.
RESTING = {"argv": ["sleep", "1000000"], "display_name": "Rust", "language": "rust"}
RUN_ALL = """(async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.sessionContext.ready;
  await window.jupyterapp.commands.execute("notebook:run-all-cells");
})().then(() => { window.microlearnersRan = "" }, error => { window.microlearnersRan = String(error) }), 0"""
KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status ?? 'gone'"
SHUT_DOWN = "window.jupyterapp.shell.currentWidget.sessionContext.shutdown().then(() => 0)"
SCROLL = """(position => {
  const box = document.querySelector(".jp-WindowedPanel-outer") ?? document.scrollingElement;
  box.scrollTop = position;
  const top = box === document.scrollingElement ? 0 : box.getBoundingClientRect().top;
  const end = [...document.querySelectorAll(".jp-Cell")].at(-1)?.getBoundingClientRect().bottom ?? 0;
  return [box.clientHeight, end - top + box.scrollTop];
})(%d)"""
TRUSTED = """window.jupyterapp.shell.currentWidget.content.widgets
  .some(cell => cell.model.type === "code" && cell.model.outputs.length > 0 && cell.model.trusted)"""


class Server:
    """A JupyterLab of its own, which trusts no notebook and forgets everything."""

    def __init__(self, root, folder, log, run):
        self.log = log
        self.token = secrets.token_hex(16)
        settings = folder / "settings"
        for name, value in SETTINGS.items():
            put(settings / name, value)
        environment = dict(
            os.environ,
            JUPYTERLAB_SETTINGS_DIR=str(settings),
            JUPYTERLAB_WORKSPACES_DIR=str(folder / "workspaces"),
            JUPYTER_RUNTIME_DIR=str(folder / "runtime"),
        )
        if run:
            environment["MICROLEARNERS_QUICK"] = "1"
        else:
            put(folder / "data" / "kernels" / "rust" / "kernel.json", RESTING)
            environment["JUPYTER_PATH"] = environment["JUPYTER_DATA_DIR"] = str(folder / "data")
        arguments = [
            "--no-browser",
            "--expose-app-in-browser",
            "--log-level=WARN",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={free_port()}",
            f"--ServerApp.root_dir={root}",
            f"--IdentityProvider.token={self.token}",
            "--NotebookNotary.db_file=:memory:",
        ]
        if not run:
            arguments.append("--KernelManager.shutdown_wait_time=0.1")
        if os.geteuid() == 0:
            arguments.append("--allow-root")
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *arguments], env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )
        try:
            self.url = self.address(folder / "runtime")
        except BaseException:
            self.stop()
            raise

    def address(self, runtime):
        """Where it listens, which it writes down once it does."""
        file = runtime / f"jpserver-{self.process.pid}.json"
        return announced("JupyterLab", self.process, self.log, 120, lambda: json.loads(file.read_text())["url"])

    def notebook(self, path):
        return f"{self.url}lab/tree/{quote(path)}?reset&token={self.token}"

    def stop(self):
        """Ends it, and with it its kernels."""
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def read(path):
    """A notebook whose texts are whole; in the file they are lists of lines."""
    return rejoin_lines(read_parts(path))


def put(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def settled(page, cells, seconds=60):
    """What the page shows, once it has all its cells and no longer changes."""
    deadline, before, since = time.monotonic() + seconds, None, 0
    while True:
        seen = page.evaluate(SIGHT)
        now = time.monotonic()
        if seen != before:
            before, since = seen, now
        whole = seen["isLoaded"] and len(seen["cells"]) == cells
        if (whole or seen["dialogs"]) and now - since > 1 or now > deadline:
            return seen
        time.sleep(0.2)


def run_all(page, timeout, patience=60):
    """Runs all cells by the menu's command and waits until none is busy."""
    page.evaluate("window.microlearnersRan = null")
    page.evaluate(RUN_ALL)
    started = at_work = time.monotonic()
    while True:
        ended = page.evaluate("window.microlearnersRan")
        seen = page.evaluate(SIGHT)
        kernel = page.evaluate(KERNEL)
        if ended:
            raise Failure(f"JupyterLab cannot run it: {ended}")
        if seen["dialogs"] or ended == "" and not any("*" in cell["prompt"] for cell in seen["cells"]):
            return
        now = time.monotonic()
        # A kernel that ended and was started anew knows nothing of the cells that wait for it.
        if ended is None or kernel == "busy":
            at_work = now
        waiting = [number for number, cell in enumerate(seen["cells"], 1) if "*" in cell["prompt"]]
        first = waiting[0] if waiting else 1
        if now - at_work > patience:
            raise Failure(f"cell {first} of it waits for a kernel that has been {kernel} for {patience} seconds.")
        if now - started > timeout:
            raise Failure(f"cell {first} of it has not ended after {timeout:.0f} seconds.")
        time.sleep(0.5)


def photograph(page, keep, name):
    """Screenshots from top to bottom."""
    if keep is None:
        return
    position, number = 0, 0
    while True:
        room, height = page.evaluate(SCROLL % position)
        time.sleep(0.3)
        number += 1
        page.screenshot(keep / f"{name}-{number:02}.png")
        position += room
        if position >= height:
            return


class Inspection:
    """One inspection of notebooks; `failures` says what is wrong with them."""

    def __init__(self, options, folder, scratch, browser):
        self.options = options
        self.folder = folder
        self.scratch = scratch
        self.browser = browser
        self.failures = []

    def compare(self, path, how, wanted, seen, ran=False):
        found = complaints(wanted, seen, ran)
        self.failures.extend(f"{path.name}, {how}: {cell}: {problem}" for cell, problem in found)
        figures, tables = (sum(getattr(demand, kind) for demand in wanted) for kind in ("has_figure", "has_table"))
        verdict = f"{len(found)} WRONG" if found else "ok"
        print(f"  {path.stem}, {how}: {len(wanted)} cells, {figures} figures, {tables} tables: {verdict}", flush=True)

    def fails(self, path, how, failure):
        self.failures.append(f"{path.name}, {how}: {failure}")
        print(f"  {path.stem}, {how}: FAILED", flush=True)

    def each(self, how, see, paths=None):
        for path in self.options.paths if paths is None else paths:
            try:
                see(path, how)
            except Failure as failure:
                self.fails(path, how, failure)

    @contextlib.contextmanager
    def served(self, run):
        folder = self.folder / ("run" if run else "read")
        server = Server(self.scratch.parent, folder, self.options.log, run)
        try:
            yield lambda path: self.browser.page(server.notebook(f"{self.scratch.name}/{path.name}"))
        finally:
            server.stop()

    def as_html(self, name, notebook):
        """The notebook's page by nbconvert, beside the copies so that its links lead as far."""
        text, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook)
        file = self.scratch / f"{name}.html"
        file.write_text(text, encoding="utf-8")
        return self.browser.page(file.resolve().as_uri())

    def see_committed(self):
        with self.served(run=False) as opened:
            self.prove("in JupyterLab", lambda path, _: opened(path))

            def see(path, how):
                wanted = demands(read(path))
                shutil.copy2(path, self.scratch)
                with opened(path) as page:
                    seen = settled(page, len(wanted))
                    if page.evaluate(TRUSTED):
                        raise Failure("JupyterLab trusts it, so that this is not what a reader sees first.")
                    self.compare(path, how, wanted, seen)
                    photograph(page, self.options.keep, f"{path.stem}-committed")

            self.each("in JupyterLab", see)

    def see_html(self):
        self.prove("as HTML", lambda path, notebook: self.as_html(path.stem, notebook))

        def see(path, how):
            notebook = read(path)
            wanted = demands(notebook)
            with self.as_html(path.stem, notebook) as page:
                self.compare(path, how, wanted, settled(page, len(wanted)))
                photograph(page, self.options.keep, f"{path.stem}-html")

        self.each("as HTML", see)

    def see_run(self):
        with self.served(run=True) as opened:

            def see(path, how):
                wanted = demands(read(path))
                shutil.copy2(path, self.scratch)
                with opened(path) as page:
                    settled(page, len(wanted))
                    try:
                        run_all(page, self.options.timeout)
                        self.compare(path, how, wanted, settled(page, len(wanted)), ran=True)
                        photograph(page, self.options.keep, f"{path.stem}-run")
                    finally:
                        # Closing the page would leave the kernel running beside the next one.
                        page.evaluate(SHUT_DOWN)

            self.each("run in JupyterLab", see, self.options.run)

    def prove(self, how, opened):
        """Looks at a broken copy: what is broken in it must be found."""
        notebooks = [(path, read(path)) for path in self.options.paths]
        copies = [(path, notebook, *doctored(notebook)) for path, notebook in notebooks]
        path, notebook, broken, expected = max(copies, key=lambda made: len(made[-1]))
        if not expected:
            return
        wanted = demands(notebook)
        copy = self.scratch / f"broken-{path.name}"
        nbformat.write(broken, copy)
        with opened(copy, broken) as page:
            found = complaints(wanted, settled(page, len(wanted)))
        copy.unlink()
        missed = [
            f"{cell}: nothing says that {words}"
            for cell, words in expected
            if not any(cell == name and words in problem for name, problem in found)
        ]
        for miss in missed:
            self.failures.append(f"a copy of {path.name} broken on purpose, {how}: {miss}.")
        verdict = f"{len(missed)} MISSED" if missed else "all found"
        print(f"  a copy broken on purpose, {how}: {len(expected)} faults: {verdict}", flush=True)


def inspect(options):
    """Looks in every way asked for; returns what is wrong."""
    checkout = options.paths[0].resolve().parent.parent
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="microlearners-inspect-", ignore_cleanup_errors=True)))
        # Beside notebooks/, where `..` is the checkout for it too.
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="inspect-", dir=checkout)))
        browser = Chromium(options.chromium, folder)
        stack.callback(browser.stop)
        looking = Inspection(options, folder, scratch, browser)
        looking.see_committed()
        looking.see_html()
        if options.run:
            looking.see_run()
        return looking.failures


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, action="append", default=[], help="a notebook to run as well")
    parser.add_argument("--keep", type=Path, help="a directory for screenshots")
    parser.add_argument("--timeout", type=float, default=900, help="seconds that one notebook may run")
    parser.add_argument("--chromium", required=True, help="the browser's program")
    parser.add_argument("--log", required=True, type=Path, help="where JupyterLab's own output goes")
    parser.add_argument("paths", nargs="+", type=Path)
    return parser.parse_args()


def main():
    options = arguments()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    try:
        failures = inspect(options)
    except Failure as failure:
        failures = [str(failure)]
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    if options.keep:
        print(f"Screenshots are in {options.keep}.")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    carry_out(main)
