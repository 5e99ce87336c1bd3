"""One line about a run of scripts/load, and the same as JSON beside the report.

    summary.py SIMULATION DIRECTORY SERVER ORIGIN SERVER_PROCESS

Ends with status 1 when the origin had to send a file twice: the cache asked for what it had, or twice at once.
"""

import json
import os
import re
import sys
import urllib.request
from pathlib import Path


def read(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def gatling(directory):
    """Gatling's own summary; its report holds the same figures in a form that changes with its versions."""
    log = (directory / "gatling.log").read_text(errors="replace")
    log = log[log.rfind("Global Information"):]

    def figure(label, column=0):
        line = re.search(re.escape("> " + label) + r"[^|]*\|(.*)", log)
        if not line:
            sys.exit(f"load: Gatling ended without its figures, see {directory}/gatling.log")
        text = line.group(1).split("|")[column].strip().replace(",", "")
        return 0.0 if text == "-" else float(text)

    return {
        "requests": int(figure("request count")),
        "errors": int(figure("request count", 2)),
        "p50_ms": figure("response time 50th percentile"),
        "p95_ms": figure("response time 95th percentile"),
        "p99_ms": figure("response time 99th percentile"),
        "requests_per_second": figure("mean throughput"),
    }


def bytes_sent(metrics):
    lines = re.findall(r"^forebay_sent_bytes_total\{.*\} (\S+)$", metrics, re.MULTILINE)
    if not lines:
        sys.exit("load: the server's metrics do not tell how many bytes it sent")
    return sum(map(float, lines))


def resident_max(process):
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE).group(1)) / 1024


def cpu(process):
    """Seconds of CPU that the server has used since its start."""
    user, system = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def quantile(before, after, part):
    """Milliseconds within which this part of the hits between two samples was answered: an upper bound of its bucket."""
    counts = sorted((float(bound), after["hits"][bound] - before["hits"].get(bound, 0)) for bound in after["hits"])
    if not counts or not counts[-1][1]:
        return None
    return next(bound for bound, count in counts if count >= part * counts[-1][1]) * 1000


def course(directory):
    """How memory and times went: what is flat must not grow from the second quarter of a run to its last."""
    file = directory / "samples.jsonl"
    samples = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    if len(samples) < 8:
        return {}
    parts = [samples[i * len(samples) // 4:(i + 1) * len(samples) // 4] for i in range(4)]
    return {
        "rss_quarters_mib": [max(s["rss_mib"] for s in part) for part in parts],
        "heap_max_mib": max(s["heap_mib"] for s in samples),
        "direct_max_mib": max(s["direct_mib"] for s in samples),
        "hit_p99_quarters_ms": [quantile(part[0], part[-1], 0.99) for part in parts],
        "refused": samples[-1]["refused"],
    }


def main():
    name, directory, server, origin, process = sys.argv[1:]
    directory = Path(directory)
    figures = gatling(directory)
    sent = bytes_sent(read(server + "/metrics"))
    seconds = figures["requests"] / figures["requests_per_second"] if figures["requests_per_second"] else 0
    asked = json.loads(read(origin + "/_counts"))
    kinds = [asked[kind] for kind in ("index", "page", "metadata", "file")]
    distinct = sum(kind["distinct"] for kind in kinds)
    figures |= {
        "mib_per_second": sent / 2**20 / seconds if seconds else 0,
        "origin": asked,
        "amplification": sum(kind["sent"] for kind in kinds) / distinct if distinct else 0,
        "rss_max_mib": resident_max(process),
        "cpu_seconds": cpu(process),
        "seconds": seconds,
    } | course(directory)
    (directory / "summary.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(
        f"{name}: {figures['requests']} requests, {figures['errors']} errors, "
        f"p50 {figures['p50_ms']:.0f} p95 {figures['p95_ms']:.0f} p99 {figures['p99_ms']:.0f} ms, "
        f"{figures['mib_per_second']:.1f} MiB/s, "
        f"origin asked {asked['requests']} times, amplification {figures['amplification']:.3f}, "
        f"server RSS max {figures['rss_max_mib']:.0f} MiB"
    )
    if "rss_quarters_mib" in figures:
        sizes = " ".join(f"{size:.0f}" for size in figures["rss_quarters_mib"])
        times = " ".join("-" if time is None else f"{time:.0f}" for time in figures["hit_p99_quarters_ms"])
        print(
            f"{name}, by quarters: RSS max {sizes} MiB, p99 of hits at most {times} ms; 503: {figures['refused']:.0f}; "
            f"heap max {figures['heap_max_mib']:.0f} MiB, direct max {figures['direct_max_mib']:.0f} MiB"
        )
    again = asked["file"]["sent"] - asked["file"]["distinct"]
    # More load than the disk takes is passed through, not stored: then the origin is asked again.
    if again and name != "Storm":
        sys.exit(f"load: {again} files left the origin a second time")


main()
