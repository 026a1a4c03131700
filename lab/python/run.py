"""Runs notebooks strictly, from top to bottom, each in a fresh Rust kernel.

The kernel answers "ok" to a panic and to a failing `?`: it prints the message on
stderr and goes on. So anything on stderr fails a cell here, unless the cell is
tagged `raises-exception`. Stderr travels on a path of its own and may arrive
after the answer; hence the pause after each cell and the fence after the last.
"""

import argparse
import base64
import json
import os
import queue
import re
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# A check of web addresses, which notebooks have no need of; it makes itself a grammar for a second.
sys.modules["rfc3987_syntax"] = None

import nbformat
from jupyter_client.manager import KernelManager
from nbformat.v4 import output_from_msg

KERNELSPEC = {"display_name": "Rust", "language": "rust", "name": "rust"}
DEPENDENCY = re.compile(r'^:dep\s+microlearners\s*=\s*\{\s*path\s*=\s*"\.\."\s*\}\s*$', re.M)
PRELUDE = "use microlearners::prelude::*;"
FENCE = "microlearners-lab-fence"
# Seconds: within the first stderr is nearly always there, and what is later fails the next cell, or
# the fence. Where a failure is expected it must not be missed.
QUIET, LONG_QUIET = 0.02, 0.2
ANSI = re.compile(r"\x1b\[[0-9;]*m")
BACKTRACE = re.compile(r"^stack backtrace:|^\s+\d+: |^\s+at |^note: ")


class Failure(Exception):
    """One sentence about what went wrong."""


class Kernel:
    """A running kernel and the channels to it."""

    def __init__(self, directory, log, startup):
        self.log = Path(log).absolute()
        connection = self.log.with_name(f"connection-{os.getpid()}.json")
        self.manager = KernelManager(kernel_name="rust", connection_file=str(connection))
        self.client = None
        began = time.monotonic()
        slot = self.log.with_name(f"slot-{os.getpid()}")
        environment = dict(os.environ, MICROLEARNERS_SLOT_FILE=str(slot))
        with open(log, "w", encoding="utf-8") as out:
            self.manager.start_kernel(cwd=str(directory), stdout=out, stderr=out, env=environment)
        try:
            self.client = self.manager.blocking_client()
            self.client.start_channels()
            self.wait_until_ready(began + startup)
            # Where this kernel, and none that runs beside it, compiles cells.
            self.slot = Path(slot.read_text(encoding="utf-8"))
        except BaseException:
            self.stop()
            raise
        finally:
            slot.unlink(missing_ok=True)
        self.seconds = time.monotonic() - began

    def wait_until_ready(self, deadline):
        """Asks until an answer arrives on both channels: iopub subscribes late."""
        answered, heard = False, False
        self.client.kernel_info()
        asked = time.monotonic()
        while not (answered and heard):
            if not self.manager.is_alive():
                raise Failure(f"the kernel died while it started{self.last_words()}")
            if time.monotonic() > deadline:
                raise Failure(f"the kernel did not answer in time{self.last_words()}")
            try:
                reply = self.client.get_shell_msg(timeout=0.1)
                self.info = reply["content"]
                answered = True
            except queue.Empty:
                pass
            heard = heard or next(self.pending(0.05), None) is not None
            if answered and not heard and time.monotonic() - asked > 1:
                self.client.kernel_info()
                asked = time.monotonic()
        for _ in self.pending(0.2):
            pass
        while self.shell_waiting():
            pass

    def shell_waiting(self):
        try:
            self.client.get_shell_msg(timeout=0.05)
            return True
        except queue.Empty:
            return False

    def pending(self, quiet):
        """What iopub still has, until it has been quiet for a while."""
        while True:
            try:
                yield self.client.get_iopub_msg(timeout=quiet)
            except queue.Empty:
                return

    def execute(self, source, timeout, quiet=QUIET):
        """The output messages of one cell, its execution count, its seconds, and those until it ran."""
        began, since = time.monotonic(), time.time()
        request = self.client.execute(source, allow_stdin=False)
        messages, count, idle = [], None, False
        while not idle:
            try:
                message = self.client.get_iopub_msg(timeout=0.5)
            except queue.Empty:
                if not self.manager.is_alive():
                    raise Failure(f"the kernel died{self.last_words()}") from None
                if timeout and time.monotonic() - began > timeout:
                    raise Failure(f"the cell took longer than {timeout} seconds") from None
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            idle = kind == "status" and content["execution_state"] == "idle"
            count = content["execution_count"] if kind == "execute_input" else count
            messages.append(message)
        seconds = time.monotonic() - began
        before = self.compiled(since, since + seconds) - since
        messages.extend(self.pending(quiet))
        self.client.get_shell_msg(timeout=10)
        outputs = [m for m in messages if m["msg_type"] in ("stream", "execute_result", "display_data", "error")]
        return outputs, count, seconds, before

    def compiled(self, since, until):
        """When a cell's own code began to run: a compiled cell is renamed, and then loaded."""
        renamed = (path.stat().st_ctime for path in self.slot.glob("target/*/debug/libcode_*"))
        return max((when for when in renamed if since <= when <= until), default=until)

    def passes(self):
        """How often cells have been compiled so far. The kernel compiles a cell again when an output cannot be shown at once."""
        counter = self.slot / "cell-passes"
        return counter.stat().st_size if counter.exists() else 0

    def fence(self):
        """Stderr that had not arrived yet: lines keep their order, so a last one ends it."""
        late, deadline = [], time.monotonic() + 30
        outputs, _, _, _ = self.execute(f'eprintln!("{FENCE}");', 60)
        while True:
            for message in outputs:
                text = message["content"].get("text", "")
                if FENCE in text:
                    return "".join(late)
                late.append(text)
            if time.monotonic() > deadline:
                return "".join(late)
            outputs = [m for m in self.pending(QUIET) if m["msg_type"] == "stream"]

    def last_words(self):
        text = Path(self.log).read_text(errors="replace").split("Stack backtrace:")[0]
        lines = [line for line in text.splitlines() if line.strip()]
        if not lines:
            return "."
        return ":\n" + "\n".join("    " + ANSI.sub("", line) for line in lines[-12:])

    def stop(self):
        if self.client is not None:
            self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)


def gather(messages):
    """A cell's outputs as a notebook keeps them: streams first, joined, then the rest."""
    streams, others = {}, []
    for message in messages:
        output = output_from_msg(message)
        if output.output_type != "stream":
            size = png_size(output.data.get("image/png", "")) if "data" in output else None
            if size:
                # Figures have two pixels per logical pixel; without this a reader's page enlarges them.
                output.metadata["image/png"] = {"width": size[0] // 2, "height": size[1] // 2}
            others.append(output)
        elif output.name in streams:
            streams[output.name].text += output.text
        else:
            streams[output.name] = output
    return [streams[name] for name in sorted(streams, reverse=True)] + others


def png_size(encoded):
    """Width and height of a picture in pixels, from its header; None without a picture."""
    head = base64.b64decode(encoded[:48]) if encoded else b""
    return struct.unpack(">II", head[16:24]) if head[12:16] == b"IHDR" else None


def complaint(outputs):
    """Why a cell failed, or None."""
    stderr = "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stderr")
    errors = [o for o in outputs if o.output_type == "error"]
    said = [line for line in ANSI.sub("", stderr).splitlines() if line.strip() and not BACKTRACE.match(line)]
    for error in errors:
        said.extend(ANSI.sub("", "\n".join(error.traceback) or error.evalue).splitlines())
    if errors or stderr:
        return "\n".join(said[:30]) or "an error with an empty message"
    return None


def expects_failure(cell):
    return "raises-exception" in cell.metadata.get("tags", [])


def first_line(source):
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    line = next((line for line in lines if not line.startswith("//")), lines[0] if lines else "")
    return line if len(line) <= 60 else line[:59] + "…"


def indented(text):
    return "\n".join("    " + line for line in text.splitlines())


def check_portable(cells):
    """Any Rust kernel must be able to run the notebook: it brings its own dependency line."""
    source = cells[0].source if cells else ""
    if not DEPENDENCY.search(source) or PRELUDE not in source:
        raise Failure(
            'its first code cell must hold `:dep microlearners = { path = ".." }` and '
            f"`{PRELUDE}`, so that any Rust kernel can run it."
        )


def check_clean(cells, roots):
    for number, cell in enumerate(cells, 1):
        text = json.dumps(cell.outputs, ensure_ascii=False)
        for root in roots:
            if root in text:
                raise Failure(f"code cell {number} prints the absolute path {root}, which is not to be committed.")


def run_cells(kernel, cells, timeout):
    """Executes all cells; returns of each its seconds, those before its code ran, and how often it was compiled."""
    seconds, waits, passes = [], [], []
    print("        all  compiling", flush=True)
    for number, cell in enumerate(cells, 1):
        before_it = kernel.passes()
        try:
            quiet = LONG_QUIET if expects_failure(cell) else QUIET
            messages, count, took, before = kernel.execute(cell.source, timeout, quiet)
        except Failure as failure:
            raise Failure(f"code cell {number} (`{first_line(cell.source)}`): {failure}") from None
        cell.outputs, cell.execution_count = gather(messages), count
        seconds.append(took)
        waits.append(before)
        passes.append(kernel.passes() - before_it)
        again = f"  (compiled {passes[-1]} times)" if passes[-1] > 1 else ""
        print(f"  {f'[{count}]':5}{took:7.2f} s {before:7.2f} s  {first_line(cell.source)}{again}", flush=True)
        message = complaint(cell.outputs)
        if message and not expects_failure(cell):
            raise Failure(f"code cell {number}, shown as [{count}] (`{first_line(cell.source)}`), failed:\n{indented(message)}")
        if not message and expects_failure(cell):
            raise Failure(f"code cell {number}, shown as [{count}], is tagged raises-exception and raised none.")
    late = kernel.fence() if cells else ""
    if late.strip() and not expects_failure(cells[-1]):
        raise Failure(f"stderr after the last code cell:\n{indented(late)}")
    return seconds, waits, passes


def tidy(notebook, info):
    """The notebook as it is committed: same bytes from every run."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNELSPEC, "language_info": info["language_info"]})
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells, 1):
        cell.setdefault("id", f"cell-{number:02}")
        for key in ("execution", "ExecuteTime"):
            cell.metadata.pop(key, None)


def write(path, notebook):
    """Replaces the notebook in one step, if it changed; says whether it did."""
    text = nbformat.writes(notebook).rstrip("\n") + "\n"
    if path.read_text(encoding="utf-8") == text:
        return False
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
        os.chmod(temporary, path.stat().st_mode & 0o777)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return True


def read(path):
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        return nbformat.from_dict(notebook)
    except (OSError, ValueError) as error:
        raise Failure(f"it cannot be read as a notebook: {error}") from None


def run_notebook(path, options):
    print(path.name, flush=True)
    notebook = read(path)
    cells = []
    for cell in notebook.cells:
        if isinstance(cell.source, list):
            cell.source = "".join(cell.source)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if cell.source.strip():
                cells.append(cell)
    check_portable(cells)
    kernel = Kernel(path.parent, options.log, options.startup)
    try:
        print(f"  kernel ready after {kernel.seconds:.1f} s", flush=True)
        seconds, waits, passes = run_cells(kernel, cells, options.timeout)
        info = kernel.info
    finally:
        kernel.stop()
    check_clean(cells, options.private)
    tidy(notebook, info)
    change = ""
    if options.update:
        change = ", outputs written" if write(path, notebook) else ", outputs unchanged"
    again = sum(count > 1 for count in passes)
    once = f"{again} of {len(cells)} cells compiled more than once" if again else "each compiled once"
    print(
        f"  passed{change}: kernel {kernel.seconds:.1f} s, first cell {seconds[0]:.2f} s, median cell "
        f"{statistics.median(waits):.2f} s and what it computes, all cells {sum(seconds):.1f} s, {once}\n",
        flush=True,
    )


def check_kernel(options):
    """Starts a kernel once and lets it do what every notebook does first."""
    kernel = Kernel(options.paths[0], options.log, options.startup)
    try:
        cells = [f':dep microlearners = {{ path = ".." }}\n{PRELUDE}', "let answer = 6 * 7;", "answer"]
        for source in cells:
            messages, _, seconds, _ = kernel.execute(source, options.timeout)
            message = complaint(gather(messages))
            if message:
                raise Failure(f"the kernel cannot run `{first_line(source)}`:\n{indented(message)}")
            print(f"  {seconds:5.2f} s  {first_line(source)}", flush=True)
    finally:
        kernel.stop()
    print(f"  the kernel was ready after {kernel.seconds:.1f} s", flush=True)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="only see that a kernel starts")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--timeout", type=float)
    parser.add_argument("--startup", type=float, default=900)
    parser.add_argument("--log", required=True, help="where the kernel's own output goes")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="notebooks at a time")
    parser.add_argument("--part", action="store_true", help="one of several: another process keeps the figures")
    parser.add_argument("--private", action="append", default=[], help="a path no output may show")
    parser.add_argument("paths", nargs="+", type=Path)
    return parser.parse_args()


def run_in_turn(options):
    """Runs all notebooks, one after the other; returns what failed."""
    failures = []
    for path in options.paths:
        try:
            run_notebook(path, options)
        except Failure as failure:
            print("  FAILED\n", flush=True)
            failures.append(f"{path.name}: {failure}")
    return failures


class Part:
    """A notebook that a process of its own runs, and what that prints."""

    def __init__(self, path, options):
        self.out, self.errors = tempfile.TemporaryFile("w+"), tempfile.TemporaryFile("w+")
        log = Path(options.log)
        command = [sys.executable, __file__, "--part", "--jobs", "1", "--startup", str(options.startup)]
        command += ["--log", str(log.with_stem(f"{log.stem}-{path.stem}"))]
        command += ["--update"] if options.update else []
        command += ["--timeout", str(options.timeout)] if options.timeout else []
        command += [f"--private={text}" for text in options.private]
        self.name = path.name
        self.process = subprocess.Popen([*command, str(path)], stdout=self.out, stderr=self.errors)

    def has_ended(self):
        return self.process.poll() is not None

    def stop(self):
        """Ends it, and with it its kernel."""
        if not self.has_ended():
            self.process.terminate()
            self.process.wait()

    def tell(self):
        """Prints what it printed; returns what failed."""
        self.out.seek(0)
        print(self.out.read(), end="", flush=True)
        self.errors.seek(0)
        said = [part.strip() for part in re.split(r"^error: ", self.errors.read(), flags=re.M) if part.strip()]
        if self.process.returncode and not said:
            said = [f"{self.name}: its process ended with code {self.process.returncode}."]
        return said if self.process.returncode else []


def run_side_by_side(options):
    """Runs all notebooks, several at a time, and prints them in order; returns what failed."""
    waiting, parts, failures = list(options.paths), [], []
    told = 0
    try:
        while told < len(options.paths):
            at_work = sum(not part.has_ended() for part in parts)
            if waiting and at_work < options.jobs:
                parts.append(Part(waiting.pop(0), options))
            elif told < len(parts) and parts[told].has_ended():
                failures += parts[told].tell()
                told += 1
            else:
                time.sleep(0.1)
    finally:
        for part in parts:
            part.stop()
    return failures


def main():
    options = arguments()
    if options.check:
        try:
            check_kernel(options)
        except Failure as failure:
            sys.exit(f"error: {failure}")
        return
    run = run_side_by_side if options.jobs > 1 and len(options.paths) > 1 else run_in_turn
    failures = run(options)
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)


def stopped(number, _frame):
    """Ends like an interrupt, so that no kernel stays behind."""
    raise SystemExit(128 + number)


def carry_out(program):
    """Runs a program so that whatever stops it lets it clean up."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, stopped)
    try:
        program()
    except KeyboardInterrupt:
        sys.exit("interrupted")


if __name__ == "__main__":
    carry_out(main)
