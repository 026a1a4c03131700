"""Makes the grey images of this folder from the wheel of scikit-image 0.26.0.

    pip download --no-deps --only-binary=:all: scikit-image==0.26.0
    python make_images.py scikit_image-0.26.0-*.whl

Needs numpy and Pillow. The wheel's own licence notes are in `skimage/data/_fetchers.py`.
"""

import gzip
import hashlib
import io
import struct
import sys
import zipfile

import numpy as np
from PIL import Image

# Each original, and the SHA-256 of its file in the wheel.
ORIGINALS = {
    "camera": ("camera.png", "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a"),
    "chelsea": ("chelsea.png", "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"),
    "coffee": ("coffee.png", "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7"),
    "astronaut": ("astronaut.png", "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"),
    "rocket": ("rocket.jpg", "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c"),
}
# Rec. 709 weights, applied to the stored (gamma-encoded) sRGB values.
REC_709 = np.array([0.2126, 0.7152, 0.0722])


def grey(content):
    """An image file as rows of 8-bit grey values."""
    pixels = np.asarray(Image.open(io.BytesIO(content)))
    if pixels.ndim == 2:
        return pixels.astype(np.uint8)
    return np.rint(pixels[..., :3].astype(np.float64) @ REC_709).clip(0, 255).astype(np.uint8)


def idx(pixels):
    """Rows of bytes in the IDX format: 0, 0, 8 (bytes), 2 (dimensions), two big-endian sizes."""
    return struct.pack(">BBBBII", 0, 0, 8, 2, *pixels.shape) + pixels.tobytes()


def main(wheel):
    with zipfile.ZipFile(wheel) as archive:
        for name, (file, expected) in ORIGINALS.items():
            content = archive.read("skimage/data/" + file)
            found = hashlib.sha256(content).hexdigest()
            if found != expected:
                sys.exit(f"{file} has the SHA-256 {found} instead of {expected}")
            pixels = grey(content)
            unpacked = idx(pixels)
            packed = gzip.compress(unpacked, compresslevel=9, mtime=0)
            with open(f"{name}-idx2-ubyte.gz", "wb") as out:
                out.write(packed)
            rows, columns = pixels.shape
            sha = hashlib.sha256(unpacked).hexdigest()
            print(f"{name}: {rows} x {columns}, {len(packed)} bytes, {sha}")


if __name__ == "__main__":
    main(sys.argv[1])
