"""Writes what was measured into docs/performance.md, between its marks, and draws its pictures.

    performance.py MEASUREMENTS DOCS

The words around the marks are a person's and stay.
"""

import json
import math
import re
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "compare.d"))
from compare import MIB, cost, of, rate, ratio, tables  # noqa: E402

COLOURS = {"forebay": "#0b6e4f", "nginx": "#444444", "varnish": "#1f77b4", "trafficserver": "#c0392b"}
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 320, 70, 46, 34, 130


# What an m6i.xlarge has, each taken to be as fast as a CPU of the machine of the measurement.
VCPUS = 4


def median(samples, figure):
    return statistics.median(map(figure, samples))


def series(samples, row, figure):
    """By server: (connections, median) in order."""
    lines = {}
    for server in dict.fromkeys(s["server"] for s in samples):
        mine = [s for s in samples if s["server"] == server and s["row"] == row]
        counts = sorted({s["connections"] for s in mine})
        lines[server] = [(n, median([s for s in mine if s["connections"] == n], figure)) for n in counts]
    return lines


def ticks(largest):
    """Round numbers from 0 on, about four of them."""
    step = 10 ** math.floor(math.log10(largest / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if factor * step >= largest / 4)
    return [i * step for i in range(math.ceil(largest / step) + 1)]


def picture(title, unit, lines):
    """A line chart as SVG: connections, doubling, to the right; the figure upwards from 0."""
    counts = sorted({x for points in lines.values() for x, _ in points})
    marks = ticks(max(y for points in lines.values() for _, y in points))
    low, high = math.log2(counts[0]), math.log2(counts[-1])

    def across(count):
        part = (math.log2(count) - low) / (high - low) if high > low else 0.5
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def up(value):
        return HEIGHT - BOTTOM - value / marks[-1] * (HEIGHT - BOTTOM - TOP)

    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="bold">{title}</text>',
    ]
    for mark in marks:
        y = up(mark)
        svg.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>')
        svg.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{mark:,.10g}</text>')
    for count in counts:
        x = across(count)
        svg.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{count}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    svg.append(f'<text x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">connections</text>')
    height = (TOP + HEIGHT - BOTTOM) / 2
    svg.append(f'<text x="14" y="{height:.0f}" text-anchor="middle" transform="rotate(-90 14 {height:.0f})">{unit}</text>')
    for number, (server, points) in enumerate(lines.items()):
        colour = COLOURS[server]
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        svg.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        svg += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3" fill="{colour}"/>' for x, y in points]
        y = TOP + 12 + 18 * number
        svg.append(f'<rect x="{WIDTH - RIGHT + 12}" y="{y - 9}" width="10" height="10" fill="{colour}"/>')
        svg.append(f'<text x="{WIDTH - RIGHT + 28}" y="{y}">{server}</text>')
    return "\n".join(svg) + "\n</svg>\n"


def pictures(curve, docs):
    """Draws all and says how they are shown."""
    shown = []
    for row, title in curve["about"]["titles"].items():
        unit = "MiB/s" if curve["about"]["lengths"][row] >= MIB else "requests/s"
        for kind, label, figure in (
            ("throughput", unit, rate),
            ("latency", "p99, ms", lambda sample: sample["p99"] / 1000),
        ):
            name = f"performance-{row}-{kind}.svg"
            heading = f"{title}: {kind}"
            (docs / name).write_text(picture(heading, label, series(curve["samples"], row, figure)))
            shown.append(f"![{heading}]({name})")
    return "\n\n".join(shown) + "\n"


def loads(kept):
    lines = [
        "| simulation | s | requests | errors | 503 | p50 ms | p95 ms | p99 ms | MiB/s | origin's bodies sent ÷ distinct "
        "| server RSS max MiB | RSS by quarters MiB | p99 of hits by quarters, server's own, ms ≤ |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name in ("UserMix", "Installers", "Herd", "Soak", "Storm"):
        file = kept / f"load-{name}.json"
        if file.exists():
            run = json.loads(file.read_text())
            lines.append(
                f"| {name} | {run['seconds']:.0f} | {run['requests']:,} | {run['errors']} | {run.get('refused', 0):.0f} | {run['p50_ms']:.0f} "
                f"| {run['p95_ms']:.0f} | {run['p99_ms']:.0f} | {run['mib_per_second']:.1f} | {run['amplification']:.3f} "
                f"| {run['rss_max_mib']:.0f} | {quarters(run, 'rss_quarters_mib')} | {quarters(run, 'hit_p99_quarters_ms')} |"
            )
    return "\n".join(lines) + "\n"


def quarters(run, figure):
    return " ".join("–" if part is None else f"{part:.0f}" for part in run.get(figure, []))


def sizing(rows, kept):
    """What one core of this machine serves, from the CPU that a request cost; and four of them, worked out."""
    lines = ["| work | requests/s of one core | MiB/s of one core | m6i.xlarge (4 vCPU), worked out: requests/s | MiB/s |",
             "|---|--:|--:|--:|--:|"]
    for row, title in rows["about"]["titles"].items():
        mine = [s for s in rows["samples"] if s["row"] == row and s["server"] == "forebay"]
        if row == "herd" or not mine or not median(mine, cost):
            continue
        requests = 1e6 / median(mine, cost)
        volume = requests * rows["about"]["lengths"][row] / MIB
        lines.append(f"| {title} | {requests:,.0f} | {volume:,.0f} | {VCPUS * requests:,.0f} | {VCPUS * volume:,.0f} |")
    users = kept / "load-UserMix.json"
    soak = kept / "load-Soak.json"
    if users.exists() and soak.exists():
        mix, downloads = json.loads(users.read_text()), json.loads(soak.read_text())
        lines += [
            "",
            f"100 users of UserMix took {mix['cpu_seconds'] / mix['seconds']:.0%} of a core, start and JIT included; "
            f"{downloads['requests'] / downloads['seconds']:.0f} downloads a second (a million an hour) "
            f"{downloads['cpu_seconds'] / downloads['seconds']:.0%}.",
        ]
    return "\n".join(lines) + "\n"


def compared(kept, name, otherwise):
    """The tables of a comparison of its own, if there was one."""
    file = kept / f"{name}.json"
    return tables(json.loads(file.read_text())) if file.exists() else f"{otherwise}\n"


def agreement(kept):
    """What whole runs, each with servers and caches of its own, say of the same rows: ratios to nginx, and how far they are apart."""
    again = sorted(kept.glob("again-*.json"))
    if not again:
        return "Not measured on this machine yet.\n"
    runs = [json.loads(file.read_text()) for file in again]
    lines = ["| work | " + " | ".join(f"run {number}" for number in range(1, len(runs) + 1)) + " | furthest from their middle |",
             "|---|" + "--:|" * (len(runs) + 1)]
    for row, title in runs[-1]["about"]["titles"].items():
        for name, figure in (("throughput", rate), ("CPU", cost)):
            seen = [float(ratio([s for s in run["samples"] if s["row"] == row], "forebay", figure)) for run in runs]
            middle = statistics.median(seen)
            apart = max(abs(one - middle) for one in seen) / middle
            lines.append(f"| {title}: {name} | " + " | ".join(f"{one:.2f}" for one in seen) + f" | {apart:.0%} |")
    return "\n".join(lines) + "\n"


def parts(kept):
    """What the commands for single parts printed."""
    shown = []
    for name in ("bench-start", "allocations", "large-index", "usage-rows", "search-speed", "file-cost", "jmh"):
        file = kept / f"{name}.txt"
        if file.exists():
            shown.append(f"`scripts/{name}`:\n\n```\n{file.read_text().strip()}\n```\n")
    return "\n".join(shown)


def main():
    kept, docs = Path(sys.argv[1]), Path(sys.argv[2])
    if not (kept / "rows.json").exists():
        sys.exit("performance: nothing has been measured here yet; run scripts/performance without --draw")
    rows = json.loads((kept / "rows.json").read_text())
    texts = {
        "comparison": tables(rows),
        "agreement": agreement(kept),
        "first": compared(kept, "again-1", "Not measured on this machine yet."),
        "newer": compared(kept, "newer", "No other JDK was there."),
        "parts": parts(kept),
        "load": loads(kept),
        "sizing": sizing(rows, kept),
    }
    # What has not been measured keeps its place on the page.
    curve = kept / "curve.json"
    if curve.exists():
        texts["pictures"] = pictures(json.loads(curve.read_text()), docs)
    page = docs / "performance.md"
    text = page.read_text()
    for name, part in texts.items():
        mark = re.compile(rf"(<!-- measured: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        if not mark.search(text):
            sys.exit(f"performance: docs/performance.md has no place for: {name}")
        text = mark.sub(lambda found: found.group(1) + part + found.group(2), text)
    page.write_text(text)


main()
