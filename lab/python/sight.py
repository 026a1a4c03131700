"""What a reader must see of a notebook, and what must not be there.

`demands` reads a notebook, `complaints` compares a page with it, and `doctored`
breaks a copy, so that every look first shows that its checks see what is wrong.
"""

import copy
import html
import re
from dataclasses import dataclass

from run import expects_failure, first_line

# What shows only if an output's content was not understood as what it is.
RAW = ["EVCXR_BEGIN_CONTENT", "EVCXR_END_CONTENT", "&lt;", "<table", "<div", "<svg", '"image/png"', "data:image/", "iVBORw0KGgo"]
TAG = re.compile(r"<[^>]*>")
STDERR = "application/vnd.jupyter.stderr"
ERROR = "application/vnd.jupyter.error"


@dataclass
class Demand:
    """What one cell must show."""

    name: str
    is_code: bool
    has_text: bool
    has_figure: bool = False
    has_table: bool = False
    # The words of HTML that has no table.
    words: str = ""
    may_fail: bool = False


def demands(notebook):
    """A `Demand` for every cell."""
    result, number = [], 0
    for position, cell in enumerate(notebook.cells, 1):
        source = cell.source
        if cell.cell_type != "code":
            result.append(Demand(f"text cell {position}", False, bool(source.strip())))
            continue
        number += 1
        bundles = [output.get("data", {}) for output in cell.get("outputs", [])]
        pages = [data["text/html"] for data in bundles if "text/html" in data]
        result.append(
            Demand(
                f"code cell {number} (`{first_line(source)}`)",
                True,
                bool(source.strip()),
                has_figure=any(kind.startswith("image/") for data in bundles for kind in data),
                has_table=any("<table" in page for page in pages),
                words=plain(" ".join(page for page in pages if "<table" not in page)),
                may_fail=expects_failure(cell),
            )
        )
    return result


def plain(text):
    return " ".join(html.unescape(TAG.sub(" ", text)).split())


def complaints(wanted, seen, ran=False):
    """What is wrong on a page, as pairs of a cell's name and a sentence."""
    result = [("the page", f"a dialog is open: {' '.join(text.split())}") for text in seen["dialogs"]]
    if len(wanted) != len(seen["cells"]):
        result.append(("the page", f"{len(seen['cells'])} cells are shown of {len(wanted)}."))
    for demand, cell in zip(wanted, seen["cells"]):
        problems = of_code(demand, cell, ran) if demand.is_code else of_text(demand, cell)
        result.extend((demand.name, problem) for problem in problems)
    return result


def of_text(demand, cell):
    if demand.has_text and not cell["markdown"].strip():
        yield "its text is not shown."
    if not all(cell["pictures"]):
        yield "a picture in its text is not shown."
    yield from of_raw(cell["markdown"])


def of_code(demand, cell, ran):
    outputs = cell["outputs"]
    pictures = [shown for output in outputs for shown in output["pictures"]]
    if demand.has_figure and not any(pictures):
        yield "its figure is not shown."
    elif not all(pictures):
        yield "one of its pictures is not shown."
    if demand.has_table and not any(output["tables"] for output in outputs):
        yield "its table is not shown."
    text = " ".join(output["text"] for output in outputs)
    if demand.words and demand.words not in " ".join(text.split()):
        yield f"its text `{demand.words[:60]}` is not shown."
    yield from of_raw(text)
    for output in outputs:
        # A table that scrolls in a box of its own does not make its output wider.
        if output["width"] > output["room"]:
            yield f"an output is {output['width']} pixels wide and has room for {output['room']}."
        if output["kind"] in (STDERR, ERROR) and not demand.may_fail:
            yield f"it fails: {' '.join(output['text'].split())[:300]}"
    if ran and demand.has_text and not re.search(r"\d", cell["prompt"]):
        yield "it did not run."


def of_raw(text):
    found = [raw for raw in RAW if raw in text]
    if found:
        yield f"raw content is shown: {', '.join(found)}."


def doctored(notebook):
    """A broken copy, and what a look at it must find: the name of each broken cell and words of the sentence."""
    broken, wanted = copy.deepcopy(notebook), demands(notebook)
    code = [(cell, demand) for cell, demand in zip(broken.cells, wanted) if demand.is_code]
    figures = [pair for pair in code if pair[1].has_figure]
    tables = [pair for pair in code if pair[1].has_table]
    plans = [
        (figures, drop_figure, "figure is not shown"),
        (figures, break_figure, "figure is not shown"),
        (tables, escape_table, "table is not shown"),
        (tables, widen_table, "pixels wide"),
        (tables, show_protocol, "raw content"),
    ]
    expected = []
    for cells, fault, words in plans:
        if cells:
            cell, demand = cells.pop(0)
            fault(next(output.data for output in cell.outputs if output.get("data")))
            expected.append((demand.name, words))
    return broken, expected


def drop_figure(data):
    for kind in [kind for kind in data if kind.startswith("image/")]:
        del data[kind]


def break_figure(data):
    for kind in [kind for kind in data if kind.startswith("image/")]:
        data[kind] = data[kind][:40]


def escape_table(data):
    data["text/html"] = html.escape(data["text/html"])


def widen_table(data):
    data["text/html"] = f"<table><tr><td>{'wide&nbsp;' * 1000}</td></tr></table>"


def show_protocol(data):
    data["text/html"] = "EVCXR_BEGIN_CONTENT text/html " + data["text/html"]
