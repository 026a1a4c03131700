"""A table of observations read with pandas, and drawn with seaborn.

    pip install -r docs/requirements.txt
    python docs/read_tables.py [TABLE.parquet] --out norms.png

Draws the norm of the first layer's weights at the last checkpoint, by algorithm: a rule with its optimizer.
"""

import argparse
from pathlib import Path

import pandas
import seaborn

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
table = Path(__file__).resolve().parent.parent / "datasets" / "studies" / "one_animal.parquet"
parser.add_argument("table", type=Path, nargs="?", default=table, help="a stored table of observations")
parser.add_argument("--out", type=Path, required=True, help="the figure, .png, .svg or .pdf")
arguments = parser.parse_args()

rows = pandas.read_parquet(arguments.table)
last = rows[(rows["layer"] == 1) & (rows["checkpoint"] == rows["checkpoint"].max())]
algorithm = last["rule"].where(last["optimizer"] == "sgd", last["rule"] + " × " + last["optimizer"])
last = last.assign(algorithm=algorithm.str.replace("_", " "))
order = last.groupby("algorithm")["weightraw_norm"].median().sort_values().index
axes = seaborn.stripplot(last, x="weightraw_norm", y="algorithm", order=order, size=3)
axes.set(xlabel="norm of the weights of layer 1 at the last checkpoint", ylabel="")
axes.figure.savefig(arguments.out, bbox_inches="tight")
print(f"{last['run'].nunique()} networks, {len(order)} algorithms: {arguments.out}")
