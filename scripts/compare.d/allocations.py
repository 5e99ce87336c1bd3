"""Bytes of heap for each request; scripts/allocations says what it is given."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from compare import ROWS, Comparison, arguments  # noqa: E402

WANTED = ("hit-4k", "hit-60k", "hit-1m", "cold-4k")

SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<configuration version="2.0">
  <event name="jdk.ThreadAllocationStatistics">
    <setting name="enabled">true</setting>
    <setting name="period">everyChunk</setting>
  </event>
</configuration>
"""


def allocated(recording):
    """What the threads allocated between begin and end of a recording, by thread."""
    command = ["jfr", "print", "--json", "--events", "jdk.ThreadAllocationStatistics", str(recording)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seen = {}
    for event in json.loads(printed)["recording"]["events"]:
        values = event["values"]
        thread = values["thread"] or {}
        seen.setdefault((thread.get("javaThreadId"), thread.get("javaName")), []).append(values["allocated"])
    return {name: max(values) - min(values) for (_, name), values in seen.items()}


def main():
    root, seconds = Path(sys.argv[1]), float(sys.argv[2])
    options = arguments(["--rows", ",".join(WANTED), "--peers", "nginx", "--rounds", "3", "--seconds", str(seconds)])
    comparison = Comparison(root, options)
    settings = comparison.work / "allocations.jfc"
    settings.write_text(SETTINGS)
    try:
        comparison.build()
        comparison.start()
        server = comparison.servers(options.rows[0])[-1]
        for row in (row for row in ROWS if row.name in WANTED):
            comparison.verify(row)
            warm = [number for number in comparison.runs(row) if number < 0] or [0]
            for number in warm:
                paths = row.paths(number, 100, seconds)
                comparison.load(server, paths, row, 100, options.warm_up if row.hot else 0, 0 if row.hot else len(paths))
            recording = comparison.out / f"allocations-{row.name}.jfr"
            recording.unlink(missing_ok=True)
            process = str(server.program.process.pid)
            command = ["jcmd", process, "JFR.start", "name=allocations", f"settings={settings}", f"filename={recording}"]
            subprocess.run(command, check=True, capture_output=True)
            paths = row.paths(1, 100, seconds)
            raw = comparison.load(server, paths, row, 100, seconds if row.hot else 0, 0 if row.hot else len(paths))
            subprocess.run(["jcmd", process, "JFR.stop", "name=allocations"], check=True, capture_output=True)
            threads = allocated(recording)
            most = sorted(threads.items(), key=lambda pair: -pair[1])[:3]
            parts = ", ".join(f"{name} {size / raw['requests']:,.0f}" for name, size in most)
            print(f"{row.title}: {sum(threads.values()) / raw['requests']:,.0f} bytes a request ({parts})", flush=True)
    finally:
        comparison.stop()


main()
