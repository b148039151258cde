#!/usr/bin/env python3
"""Draws panels of inference.json from the data of a Prometheus, without Grafana: an SVG on standard output.

    python3 deploy/grafana/render.py --prometheus http://127.0.0.1:9090 --minutes 4 > deploy/grafana/inference.svg

Needs nothing but Python. Legends that are alike, such as the only instance, are left out.
"""
import argparse
import json
import pathlib
import re
import time
import urllib.parse
import urllib.request
from xml.sax.saxutils import escape

PANELS = [
    "Requests a second by outcome", "Latency, all models", "Saturation (1 is the aim)",
    "Rows a second", "Mean time in each stage", "Mean rows of a run",
    "Waiting requests", "Refusals a second by limit", "Requests and streams under way",
    "CPUs in use", "Connections", "Part of the time stopped by garbage collection",
]
COLORS = ["#3b7dd8", "#e07b39", "#2f9e6e", "#c2455e", "#8a63c9", "#8c6d46", "#4aa3b5", "#a0a32a"]
COLUMNS, WIDTH, HEIGHT = 3, 320, 190
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 26, 44
POINTS = 120


def number(value, unit):
    """A short form of a value on an axis."""
    if unit == "s":
        for scale, name in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
            if value >= scale or name == "us":
                return f"{value / scale:.3g} {name}" if value else "0"
    if unit == "bytes":
        return f"{value / 2 ** 30:.3g} GiB" if value >= 2 ** 30 else f"{value / 2 ** 20:.3g} MiB"
    if unit == "percentunit":
        return f"{value * 100:.3g}%"
    return f"{value / 1000:.3g}k" if value >= 1000 else f"{value:.3g}"


def ceiling(value):
    """The next round number, so that axes end at one."""
    if value <= 0:
        return 1
    step = 10 ** (len(f"{value:.0f}") - 1) if value >= 1 else 10 ** -next(n for n in range(1, 20) if value >= 10 ** -n)
    return next(step * m for m in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * m >= value)


class Prometheus:
    def __init__(self, address, end, minutes, interval):
        self.address, self.end, self.start, self.interval = address, end, end - minutes * 60, interval

    def series(self, target):
        """The lines of one query of a panel, as (legend, [(time, value)])."""
        expression = target["expr"].replace("$__rate_interval", self.interval).replace("$model", ".*")
        query = urllib.parse.urlencode({"query": expression, "start": self.start, "end": self.end, "step": (self.end - self.start) / POINTS})
        with urllib.request.urlopen(f"{self.address}/api/v1/query_range?{query}") as answer:
            result = json.load(answer)["data"]["result"]
        for line in result:
            legend = re.sub(r"\{\{(\w+)\}\}", lambda m: line["metric"].get(m[1], ""), target["legendFormat"])
            yield legend.strip(), [(t, float(v)) for t, v in line["values"] if v not in ("NaN", "+Inf", "-Inf")]


def draw(panel, x, y, prometheus):
    """One panel as SVG."""
    unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit")
    lines = [line for target in panel["targets"] for line in prometheus.series(target)]
    lines = sorted((line for line in lines if line[1]), key=lambda l: -max(v for _, v in l[1]))[:len(COLORS)]
    scale = 2 ** 20 if unit == "bytes" else 1
    top = ceiling(max((v for _, values in lines for _, v in values), default=0) / scale) * scale
    inner_w, inner_h = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    out = [f'<g transform="translate({x},{y})"><rect width="{WIDTH - 8}" height="{HEIGHT - 8}" rx="4" class="panel"/>',
           f'<text x="10" y="17" class="title">{escape(panel["title"])}</text>']
    for part in (0, 0.5, 1):
        line_y = TOP + inner_h * (1 - part)
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT - 8}" y1="{line_y:.1f}" y2="{line_y:.1f}" class="grid"/>')
        out.append(f'<text x="{LEFT - 4}" y="{line_y + 3:.1f}" class="axis" text-anchor="end">{number(top * part, unit)}</text>')
    if not lines:
        out.append(f'<text x="{WIDTH / 2}" y="{TOP + inner_h / 2}" class="axis" text-anchor="middle">none</text>')
    span = prometheus.end - prometheus.start
    for (legend, values), color in zip(lines, COLORS):
        points = " ".join(f"{LEFT + (t - prometheus.start) / span * (inner_w - 8):.1f},{TOP + inner_h * (1 - min(v / top, 1)):.1f}" for t, v in values)
        out.append(f'<polyline points="{points}" stroke="{color}"/>')
    out.extend(legends([legend for legend, _ in lines], inner_h))
    return out + ["</g>"]


def legends(names, inner_h):
    if len(names) < 2:
        return
    # What all have in common, such as the instance, says nothing.
    common = set.intersection(*(set(name.split(" ")) for name in names))
    x, y = 10, TOP + inner_h + 14
    for name, color in zip(names, COLORS):
        name = " ".join(word for word in name.split(" ") if word not in common) or "process"
        width = 16 + 5.4 * len(name)
        if x + width > WIDTH - 12:
            x, y = 10, y + 12
        if y > HEIGHT - 12:
            return
        yield f'<rect x="{x}" y="{y - 7}" width="8" height="8" fill="{color}"/><text x="{x + 11}" y="{y}" class="axis">{escape(name)}</text>'
        x += width


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prometheus", default="http://127.0.0.1:9090")
    options.add_argument("--minutes", type=float, default=60, help="how far back")
    options.add_argument("--interval", default="1m", help="of rates, at least four times the scrape interval")
    options.add_argument("--panel", action="append", help="title of a panel; may be repeated")
    chosen = options.parse_args()
    panels = {panel["title"]: panel for panel in json.loads(pathlib.Path(__file__).with_name("inference.json").read_text())["panels"]}
    prometheus = Prometheus(chosen.prometheus, time.time(), chosen.minutes, chosen.interval)
    titles = chosen.panel or PANELS
    rows = -(-len(titles) // COLUMNS)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {COLUMNS * WIDTH} {rows * HEIGHT}" font-family="sans-serif">')
    print("<style>.panel{fill:#fff;stroke:#d5d8de}.title{font-size:11px;font-weight:bold;fill:#333}.axis{font-size:9.5px;fill:#555}"
          ".grid{stroke:#e6e8ec}polyline{fill:none;stroke-width:1.6;stroke-linejoin:round}</style>")
    print(f'<rect width="{COLUMNS * WIDTH}" height="{rows * HEIGHT}" fill="#f4f5f7"/>')
    for place, title in enumerate(titles):
        print("\n".join(draw(panels[title], place % COLUMNS * WIDTH + 4, place // COLUMNS * HEIGHT + 4, prometheus)))
    print("</svg>")


if __name__ == "__main__":
    main()
