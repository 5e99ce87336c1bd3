"""Samples a server while it is loaded: a line of JSON every few seconds, until it is ended.

    watch.py SERVER PROCESS FILE SECONDS

Memory is what the kernel says is resident; times are the server's own histogram of hits, so they hold no delay of the load's.
"""

import json
import re
import sys
import time
import urllib.request
from pathlib import Path


def buckets(metrics):
    """How many hits took at most so many seconds, by bound."""
    found = re.findall(r'^forebay_request_seconds_bucket\{([^}]*)\} (\S+)$', metrics, re.MULTILINE)
    counts = {}
    for labels, count in found:
        if 'cache="hit"' in labels:
            bound = re.search(r'le="([^"]+)"', labels).group(1)
            counts[bound] = counts.get(bound, 0) + float(count)
    return counts


def total(metrics, name, label=""):
    lines = re.findall(rf"^{name}(\{{[^}}]*\}})? (\S+)$", metrics, re.MULTILINE)
    return sum(float(value) for labels, value in lines if label in labels)


def sample(server, process):
    with urllib.request.urlopen(server + "/metrics", timeout=30) as answer:
        metrics = answer.read().decode()
    status = Path(f"/proc/{process}/status").read_text()
    return {
        "at": time.time(),
        "rss_mib": int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE).group(1)) / 1024,
        "heap_mib": total(metrics, "jvm_memory_used_bytes", 'area="heap"') / 2**20,
        "direct_mib": total(metrics, "forebay_direct_memory_bytes") / 2**20,
        "requests": total(metrics, "forebay_requests_total"),
        "refused": total(metrics, "forebay_requests_total", 'status="503"'),
        "hits": buckets(metrics),
    }


def main():
    server, process, file, seconds = sys.argv[1:]
    with open(file, "a") as out:
        while True:
            try:
                out.write(json.dumps(sample(server, process)) + "\n")
                out.flush()
            except OSError as problem:
                # An overloaded server may refuse the observer as well.
                print(f"watch: {problem}", file=sys.stderr)
            time.sleep(float(seconds))


main()
