"""Makes the sample images and, with Pillow as the independent decoder, the pixels that they hold.

Run with /usr/bin/python3; needs the Debian packages python3-pil, python3-numpy and libjpeg-turbo-progs.
"""

import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
HEIGHT, WIDTH = 23, 19
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def picture():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    red = 128 + 100 * np.sin(x / 5) * np.cos(y / 7)
    green = 20 + 9 * x + 2 * y
    blue = 255 - 10 * y + 30 * (x > 9)
    return Image.fromarray(np.clip(np.stack([red, green, blue], -1), 0, 255).astype("uint8"))


def png_chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def write_interlaced(path, pixels):
    """Pillow reads interlaced files but does not write them."""
    data = b""
    for x, y, step_x, step_y in PASSES:
        part = pixels[y::step_y, x::step_x]
        if part.size:
            data += b"".join(b"\0" + row.tobytes() for row in part)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 1)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(data)) + png_chunk(b"IEND", b""))


def main():
    colour = picture()
    grey = colour.convert("L")
    colour.save(HERE / "rgb.png")
    colour.convert("RGBA").save(HERE / "rgba.png")
    transparent = np.dstack([np.asarray(colour), np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 256])
    Image.fromarray(transparent.astype("uint8")).save(HERE / "rgba-transparent.png")
    grey.save(HERE / "grey.png")
    grey.convert("LA").save(HERE / "grey-alpha.png")
    grey.convert("1").save(HERE / "grey-1-bit.png")
    colour.quantize(200).save(HERE / "palette.png")
    colour.quantize(13).save(HERE / "palette-4-bit.png", bits=4)
    Image.fromarray(np.asarray(grey).astype("uint16") * 256 + np.arange(WIDTH, dtype="uint16") * 13).save(HERE / "grey-16-bit.png")
    write_interlaced(HERE / "interlaced.png", np.asarray(colour))
    colour.save(HERE / "444.jpg", subsampling=0, quality=90)
    colour.save(HERE / "422.jpg", subsampling=1, quality=85, optimize=True)
    colour.save(HERE / "420.jpg", subsampling=2, quality=80)
    colour.save(HERE / "progressive.jpg", subsampling=2, quality=80, progressive=True)
    colour.save(HERE / "progressive-444.jpg", subsampling=0, quality=95, progressive=True)
    colour.resize((150, 97)).save(HERE / "progressive-large.jpg", subsampling=2, quality=60, progressive=True)
    for name in ("420", "progressive"):
        subprocess.run(["jpegtran", "-copy", "none", "-restart", "2B", *(["-progressive"] if name == "progressive" else []),
                        "-outfile", HERE / f"{name}-restart.jpg", HERE / f"{name}.jpg"], check=True)
    grey.save(HERE / "grey.jpg", quality=90)
    grey.save(HERE / "grey-progressive.jpg", quality=70, progressive=True)
    colour.convert("CMYK").save(HERE / "cmyk.jpg")
    for path in sorted(HERE.glob("*.*g")):
        image = Image.open(path)
        if image.mode.startswith("I"):
            pixels = (np.asarray(image).astype("uint32") >> 8).astype("uint8")
        else:
            pixels = np.asarray(image.convert("L" if image.mode in ("1", "L", "LA") else "RGB"))
        path.with_suffix(path.suffix + ".pixels").write_bytes(struct.pack("<III", pixels.shape[0], pixels.shape[1], pixels.size // (pixels.shape[0] * pixels.shape[1])) + pixels.tobytes())


if __name__ == "__main__":
    main()
