"""Re-encodes the tables of stored studies: a sixth smaller, with the same values.

Numbers of one column lie byte by byte (Parquet's BYTE_STREAM_SPLIT) where that is smaller, so that their exponents compress
together. `microlearners store` writes tables without it; both are read alike.

    pip install pyarrow
    python datasets/pack_tables.py datasets/studies/*.parquet
"""

import io
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def written(table: pa.Table, dictionary: list[str], split: list[str], study: dict | None = None) -> bytes:
    out = io.BytesIO()
    options = {"compression": "zstd", "compression_level": 19, "write_statistics": False, "store_schema": False}
    options |= {"use_dictionary": dictionary or False, "use_byte_stream_split": split or False}
    with pq.ParquetWriter(out, table.schema, **options) as writer:
        writer.write_table(table, row_group_size=max(table.num_rows, 1))
        writer.add_key_value_metadata(study or {})
    return out.getvalue()


def packed(file: Path) -> bytes:
    table = pq.read_table(file)
    study = {key: value for key, value in (pq.ParquetFile(file).metadata.metadata or {}).items() if key != b"ARROW:schema"}
    dictionary, split = [], []
    for field in table.schema:
        column = table.select([field.name])
        sizes = {"dictionary": len(written(column, [field.name], []))}
        if pa.types.is_floating(field.type):
            sizes |= {"plain": len(written(column, [], [])), "split": len(written(column, [], [field.name]))}
        best = min(sizes, key=sizes.get)
        dictionary += [field.name] * (best == "dictionary")
        split += [field.name] * (best == "split")
    return written(table, dictionary, split, study)


def same(one: pa.Table, other: pa.Table) -> bool:
    def alike(a: pa.ChunkedArray, b: pa.ChunkedArray) -> bool:
        a, b = a.to_numpy(), b.to_numpy()
        return a.dtype == b.dtype and (np.array_equal(a, b, equal_nan=True) if a.dtype.kind == "f" else np.array_equal(a, b))

    return one.column_names == other.column_names and all(map(alike, one.columns, other.columns))


for name in sys.argv[1:]:
    file = Path(name)
    before, after = file.stat().st_size, packed(file)
    assert same(pq.read_table(file), pq.read_table(io.BytesIO(after))), f"{name} changed"
    if len(after) < 0.95 * before:
        file.write_bytes(after)
    print(f"{name}: {before} bytes, {min(len(after), before)} packed")
