#!/usr/bin/env python3
"""Prints images.json: small images in the variants of PNG and JPEG, what Pillow reads in them, and what it makes of them
in other sizes. Run with Pillow 13 (`pip install pillow numpy`); JPEGs are decoded by its own libjpeg-turbo.

    python3 images.py > images.json
"""
import base64
import io
import json

import numpy as np
from PIL import Image

random = np.random.default_rng(5)


def smooth(height, width, channels):
    """A picture with soft edges and some noise, so that JPEG has something to keep and to lose."""
    rows, columns = np.mgrid[0:height, 0:width]
    planes = [
        127 + 100 * np.sin(rows / (2 + c) + c) * np.cos(columns / (3 - c / 2)) + random.normal(0, 6, (height, width))
        for c in range(channels)
    ]
    return np.clip(np.stack(planes, axis=2), 0, 255).astype(np.uint8).squeeze()


def text(data):
    return base64.b64encode(bytes(data)).decode()


def save(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()


def case(name, data, sizes=()):
    image = Image.open(io.BytesIO(data))
    is_grey = image.mode in ("L", "I;16", "1")
    if image.mode == "I;16":
        # The upper 8 bits, rounded as libpng rounds them.
        image = Image.fromarray(((np.array(image).astype(np.uint32) * 255 + 32895) >> 16).astype(np.uint8))
    if image.mode in ("RGBA", "LA"):
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        image = Image.alpha_composite(black, image.convert("RGBA"))
    image = image.convert("L" if is_grey else "RGB")
    return {
        "name": name,
        "file": text(data),
        "height": image.height,
        "width": image.width,
        "isGrey": is_grey,
        "colours": text(image.convert("RGB").tobytes()),
        "grey": text(image.convert("L").tobytes()),
        "resized": [
            {"height": h, "width": w, "colours": text(image.resize((w, h), Image.BILINEAR).convert("RGB").tobytes())}
            for h, w in sizes
        ],
    }


colours = Image.fromarray(smooth(19, 26, 3))
grey = Image.fromarray(smooth(21, 17, 1))
# Whole or nothing: what lies between depends on the light that one mixes in.
mask = np.where(random.random((19, 26)) < 0.5, 0, 255).astype(np.uint8)
seen = np.dstack([np.array(colours), mask])
sizes = [(8, 8), (19, 26), (40, 31), (7, 60), (1, 1)]
cases = [
    case("grey.png", save(grey, format="PNG"), sizes),
    case("rgb.png", save(colours, format="PNG"), sizes),
    case("palette.png", save(colours.quantize(16), format="PNG")),
    case("bits.png", save(grey.point(lambda v: 255 * (v > 127)).convert("1"), format="PNG")),
    case("deep.png", save(Image.fromarray(random.integers(0, 65536, (9, 11)).astype(np.uint16)), format="PNG")),
    case("mask.png", save(Image.fromarray(seen, "RGBA"), format="PNG")),
    case("rgb-420.jpg", save(colours, format="JPEG", quality=85, subsampling=2), sizes),
    case("rgb-422.jpg", save(colours, format="JPEG", quality=60, subsampling=1)),
    case("rgb-444.jpg", save(colours, format="JPEG", quality=95, subsampling=0)),
    case("rgb-progressive.jpg", save(colours, format="JPEG", quality=75, progressive=True)),
    case("grey.jpg", save(grey, format="JPEG", quality=80)),
]
print(json.dumps({"cases": cases, "cmyk": text(save(colours.convert("CMYK"), format="JPEG"))}, indent=0))
