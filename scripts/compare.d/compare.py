"""Runs the comparison; scripts/compare says what it is given."""

import argparse
import datetime
import hashlib
import http.client
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from servers import PEERS, UNCHECKED, Forebay, Nginx, Program, SecureForebay, SecureNginx, free_port  # noqa: E402

MIB = 1 << 20

# Seconds of a turn. A machine that others use is faster and slower by the second: who takes turns this short shares both.
TURN = 0.5

# Seconds in which nobody asked for what has left the page cache: it leaves because of that.
UNUSED = 5.5


class Row:
    """A kind of work: what is asked for, and how a run of it ends."""

    def __init__(self, name, title, length, hot=0, cold_per_second=0, herd=False, keep=True, idle=0, tls=None, forget=False,
                 slow=False, wanted=()):
        self.name, self.title, self.length = name, title, length
        self.hot, self.cold_per_second, self.herd = hot, cold_per_second, herd
        self.keep, self.idle, self.tls, self.forget, self.slow = keep, idle, tls, forget, slow
        # Ratios to nginx that Forebay is meant to reach: least rate, most CPU, most p99.
        self.wanted = dict(zip(("rate", "cpu", "p99"), wanted))

    def path(self, mark):
        if self.name == "hit-60k":
            return f"/web/packages/b{self.length}.{mark}.html"
        pace = f".r{5 * MIB}" if self.herd else ""
        return f"/src/contrib/b{self.length}{pace}.{mark}_1.0.tar.gz"

    def count(self, seconds):
        """Objects of one run that is cold."""
        return max(10, int(self.cold_per_second * seconds))

    def paths(self, run, connections, seconds):
        """What is asked for in a run. Nothing cold is asked for in two."""
        if self.hot:
            return [self.path(f"hot{self.hot}.{i}") for i in range(self.hot)]
        # A hyphen is not allowed in the name of a package.
        mark = f"{connections}.{run}".replace("-", "warm")
        if self.herd:
            return [self.path(f"herd{mark}")]
        return [self.path(f"cold{mark}.{i}") for i in range(self.count(seconds))]


ROWS = [
    Row("hit-4k", "warm hit, 4 KiB", 4096, hot=1, wanted=(2.0, 0.5)),
    Row("hit-60k", "warm hit, 60 KiB page", 60 * 1024, hot=1, wanted=(2.0, 0.55)),
    Row("hit-1m", "warm hit, 1 MiB wheel", MIB, hot=1, wanted=(1.6, 0.65, 1.0)),
    Row("hit-512", "warm hits, 512 wheels of 1 MiB", MIB, hot=512, wanted=(1.5, 0.7)),
    # Each answer is a download of another version: the usage counts of a second are as many rows.
    Row("hit-10k", "warm hits, 10,000 packages of 4 KiB", 4096, hot=10_000),
    Row("disk-512", "warm hits, 512 wheels of 1 MiB, none in the page cache", MIB, hot=512, forget=True),
    Row("slow-4k", "warm hit, 4 KiB, beside 16 clients of files for which the disk needs 100 ms a read", 4096, hot=1, slow=True),
    Row("fresh-4k", "warm hit, 4 KiB, a new connection for each file, as base R", 4096, hot=1, keep=False),
    Row("idle-4k", "warm hit, 4 KiB, beside 2,000 idle connections", 4096, hot=1, idle=2000),
    Row("tls-4k", "warm hit, 4 KiB, TLS 1.3", 4096, hot=1, tls="http/1.1"),
    Row("tls-1m", "warm hit, 1 MiB, TLS 1.3", MIB, hot=1, tls="http/1.1"),
    Row("h2-4k", "warm hit, 4 KiB, HTTP/2 over TLS 1.3", 4096, hot=1, tls="h2"),
    Row("cold-4k", "cold miss, 4 KiB, all distinct", 4096, cold_per_second=2000, wanted=(2.0, 0.55)),
    Row("cold-1m", "cold miss, 1 MiB, all distinct", MIB, cold_per_second=200, wanted=(1.2, 1.0)),
    Row("herd", "herd: all at once, one cold object of 20 MiB at 5 MiB/s", 20 * MIB, herd=True),
]


# What lies on the slow disk.
SLOW_PATHS = [f"/src/contrib/b{MIB}.slow.{i}_1.0.tar.gz" for i in range(256)]


def put_aside(directory, out):
    """
    Empties files, and does not remove them: ext4 without a journal steps over each inode that was freed minutes ago, and files made
    then cost several times as much (scripts/file-cost), in the next run and not in this one.
    """
    for file in directory.rglob("*"):
        if file.is_file() and not file.is_symlink():
            os.truncate(file, 0)
    if directory.exists():
        aside = out / "emptied"
        aside.mkdir(exist_ok=True)
        directory.rename(aside / f"{time.time_ns()}")


class Comparison:
    def __init__(self, root, options):
        self.root, self.options = root, options
        self.out = root / "target/compare"
        self.work = self.out / "work"
        # Of a run that was ended.
        put_aside(self.work, self.out)
        self.work.mkdir(parents=True)
        self.files = self.work / "files"
        self.files.mkdir()
        self.programs, self.samples = [], []
        self.plain, self.secure, self.slow = [], [], []

    def build(self):
        sources = self.root / "load-tests/src/main/c"
        for name in ("client", "origin"):
            subprocess.run(["cc", "-O2", "-o", str(self.work / name), str(sources / f"{name}.c")], check=True)
        command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(self.work / "slowdisk.so"), str(sources / "slowdisk.c"), "-ldl"]
        subprocess.run(command, check=True)

    def start(self):
        self.origin_port = free_port()
        origin = Program([str(self.work / "origin"), str(self.origin_port), str(self.files)], str(self.work / "origin.log"))
        self.programs.append(origin)
        origin.until_answer(self.origin_url("/_requests"))
        self.index()
        if any(not row.tls and not row.slow for row in self.options.rows):
            self.plain = self.started([PEERS[name] for name in self.options.peers] + [Forebay])
        if any(row.tls for row in self.options.rows):
            self.secure = self.started([SecureNginx, SecureForebay])
        if any(row.slow for row in self.options.rows):
            # The memory of Varnish and the threads of Traffic Server have no such disk to wait for, or one apart.
            self.slow = self.started([Nginx, Forebay], "-slow", {"LD_PRELOAD": str(self.work / "slowdisk.so")})

    def started(self, kinds, suffix="", environment=None):
        servers = []
        for kind in kinds:
            server = kind(self.root, self.work, self.origin_port, suffix)
            servers.append(server)
            server.start("/src/contrib/PACKAGES.gz", environment or {})
            self.programs.append(server.program)
        return servers

    def servers(self, row):
        return self.secure if row.tls else self.slow if row.slow else self.plain

    def stop(self):
        for program in reversed(self.programs):
            program.stop()

    def origin_url(self, path):
        return f"http://127.0.0.1:{self.origin_port}{path}"

    def runs(self, row):
        """Numbers of the runs of a row: those below 0 warm up, with as many requests as the JIT needs."""
        warm = max(8, row.cold_per_second // 125) if row.cold_per_second else 1 if row.herd else 0
        return range(-warm, self.options.rounds)

    def index(self):
        """Says the digest of every package: a server that verifies has the work of it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.origin_port)
        entries, known = [], set()
        for row in self.options.rows:
            paths = [row.path("same")]
            for connections in self.options.connections:
                for run in self.runs(row):
                    paths += row.paths(run, connections, self.options.seconds)
            if row.slow:
                paths += SLOW_PATHS
            if row.herd:
                paths = paths[1:]
            for path in paths:
                if path in known or not path.endswith("_1.0.tar.gz"):
                    continue
                known.add(path)
                connection.request("GET", path)
                digest = hashlib.md5(connection.getresponse().read()).hexdigest()
                package = path.rsplit("/", 1)[1].removesuffix("_1.0.tar.gz")
                entries.append(f"Package: {package}\nVersion: 1.0\nMD5sum: {digest}\nNeedsCompilation: no\n")
        text = "\n".join(entries)
        (self.files / "PACKAGES").write_text(text)
        subprocess.run(["gzip", "-kn", str(self.files / "PACKAGES")], check=True)

    def verify(self, row):
        """Every server must answer the origin's bytes, when it fetches them and when it has them."""
        if row.herd:
            return
        for path in {row.path("same"), row.paths(0, self.options.connections[0], 0)[0] if row.hot else row.path("same")}:
            right = fetched(self.origin_url(path))
            for server in self.servers(row):
                for state in ("cold", "warm"):
                    if fetched(server.url(path)) != right:
                        raise SystemExit(f"compare: {server.name} answers other bytes for {path} ({state})")

    def load(self, server, paths, row, connections, seconds, requests):
        if not row.slow or not seconds:
            return self.loaded(server, paths, row, connections, seconds, requests)
        # Beside them, others ask for what is on the slow disk only.
        server.forget_pages()
        server.lag()
        with tempfile.NamedTemporaryFile("w", dir=self.work, suffix=".paths") as file:
            file.write("".join(f"{server.prefix}{path}\n" for path in SLOW_PATHS))
            file.flush()
            command = [self.work / "client", server.port, 16, seconds, 0, MIB, file.name, 1, 0]
            beside = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            try:
                raw = self.loaded(server, paths, row, connections, seconds, requests)
            finally:
                answer = beside.communicate()[0]
        raw["beside"] = json.loads(answer)["requests"]
        raw["lag"] = server.lag()
        return raw

    def loaded(self, server, paths, row, connections, seconds, requests):
        with tempfile.NamedTemporaryFile("w", dir=self.work, suffix=".paths") as file:
            file.write("".join(f"{server.prefix}{path}\n" for path in paths))
            file.flush()
            before, asked = server.program.cpu(), self.asked()
            if row.tls:
                raw, problem = self.secured(server, file.name, row, connections, seconds, requests)
            else:
                command = [self.work / "client", server.port, connections, seconds, requests, row.length, file.name]
                command += [int(row.keep), row.idle]
                answer = subprocess.run(list(map(str, command)), capture_output=True, text=True)
                problem = answer.stderr.strip()
                if answer.returncode:
                    raise SystemExit(f"compare: the run on {server.name} failed: {problem}")
                raw = json.loads(answer.stdout)
            raw["server_cpu"] = server.program.cpu() - before
            raw["rss"] = server.program.resident()
            raw["upstream"] = self.asked() - asked
        if raw["errors"]:
            raise SystemExit(f"compare: {server.name} answered {raw['errors']} times wrong: {problem}")
        return raw

    def secured(self, server, paths, row, connections, seconds, requests):
        """A run of h2load: over TLS 1.3 with one cipher for all, requests one at a time on each connection."""
        log = Path(paths + ".log")
        command = ["h2load", "-t1", "-c", connections, "-m1", "--log-file", log]
        command += ["--h1"] if row.tls == "http/1.1" else []
        command += ["--tls13-ciphers=TLS_AES_128_GCM_SHA256", "-i", paths, "-B", f"https://127.0.0.1:{server.port}"]
        # It never ends when it is given a duration here: as many requests as that would have been.
        command += ["-n", max(requests, connections, int(seconds * (1000 if row.length >= MIB else 25000)))]
        before = os.times()
        answer = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        after = os.times()
        lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        log.unlink(missing_ok=True)
        if answer.returncode or "TLS_AES_128_GCM_SHA256" not in answer.stdout or not lines:
            raise SystemExit(f"compare: the run on {server.name} failed: {answer.stderr.strip() or answer.stdout[-500:]}")
        times = sorted(int(line[2]) for line in lines)
        good = sum(line[1] == "200" for line in lines)
        began, ended = min(int(line[0]) for line in lines), max(int(line[0]) + int(line[2]) for line in lines)
        at = {f"p{part}": times[min(len(times) - 1, len(times) * part // 100)] for part in (50, 90, 99)}
        raw = {"requests": good, "errors": len(lines) - good, "bytes": good * row.length, **at}
        raw |= {"seconds": (ended - began) / 1e6, "max": times[-1]}
        raw["cpu"] = after.children_user + after.children_system - before.children_user - before.children_system
        return raw, answer.stdout

    def asked(self):
        with urllib.request.urlopen(self.origin_url("/_requests")) as answer:
            return int(answer.read())

    def run(self, row, connections, number):
        """One round: every server for as long as the others, in an order that moves on from round to round."""
        servers = self.servers(row)
        alone = self.alone(row, number, connections) if row.herd else {}
        shift = number % len(servers)
        order = servers[shift:] + servers[:shift]
        # Whatever ends by its time is cut into turns, there and back again.
        timed = row.hot and not row.forget
        turns = max(1, round(self.options.seconds / TURN)) if timed and not (row.slow or row.idle) else 1
        seconds = self.options.seconds / turns if timed else 0
        parts = {server.name: [] for server in servers}
        for turn in range(turns):
            for server in order if turn % 2 == 0 else reversed(order):
                paths = row.paths(number, connections, self.options.seconds)
                requests = 0 if timed else connections if row.herd else len(paths)
                if row.forget:
                    server.forget_pages()
                    time.sleep(UNUSED)
                parts[server.name].append(
                    self.load(server, paths, row, min(connections, requests or connections), seconds, requests))
        if number >= 0:
            for name, raw in parts.items():
                self.samples.append(
                    {"row": row.name, "connections": connections, "round": number, "server": name, **joined(raw), **alone}
                )

    def alone(self, row, number, connections):
        """How long the origin itself takes for one client."""
        with tempfile.NamedTemporaryFile("w", dir=self.work, suffix=".paths") as file:
            file.write(row.paths(number, connections, 0)[0] + "\n")
            file.flush()
            command = [self.work / "client", self.origin_port, 1, 0, 1, row.length, file.name, 1, 0]
            raw = json.loads(subprocess.run(list(map(str, command)), capture_output=True, check=True).stdout)
        return {"origin_first": raw["first_max"], "origin_seconds": raw["seconds"]}

    def measure(self, row):
        print(f"compare: {row.title}", file=sys.stderr, flush=True)
        self.verify(row)
        for connections in self.options.connections:
            if row.hot:
                paths = row.paths(0, connections, 0)
                for server in self.servers(row):
                    # Each once, so that all are there; then as hard as it will be.
                    self.load(server, paths, row, 1, 0, len(paths))
                    if row.slow:
                        for path in SLOW_PATHS:
                            fetched(server.url(path))
                    self.load(server, paths, row, connections, self.options.warm_up, 0)
            for number in self.runs(row):
                self.run(row, connections, number)

    def report(self):
        about = {
            "date": datetime.date.today().isoformat(),
            "machine": machine(),
            "kernel": ".".join(platform.release().split(".")[:2]),
            "congestion": congestion(),
            "versions": {server.name: type(server).version() for server in self.plain + self.secure + self.slow},
            "rounds": self.options.rounds,
            "seconds": self.options.seconds,
            "load": os.getloadavg(),
            "titles": {row.name: row.title for row in self.options.rows},
            "lengths": {row.name: row.length for row in self.options.rows},
            "wanted": {row.name: row.wanted for row in self.options.rows},
        }
        results = {"about": about, "samples": self.samples}
        (self.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
        text = tables(results)
        (self.out / "table.md").write_text(text)
        print(text)


def joined(turns):
    """The turns of a round as one run: what is counted is summed, percentiles are the middle of the turns', peaks the highest."""
    if len(turns) == 1:
        return turns[0]
    summed = ("requests", "errors", "bytes", "seconds", "cpu", "server_cpu", "upstream", "reconnects")
    whole = {}
    for key, value in turns[0].items():
        values = [turn[key] for turn in turns]
        join = sum if key in summed else max if key in ("rss", "max", "first_max") else statistics.median
        whole[key] = join(values)
    return whole


def fetched(url):
    with urllib.request.urlopen(url, timeout=120, context=UNCHECKED if url.startswith("https:") else None) as answer:
        return hashlib.sha256(answer.read()).hexdigest()


def machine():
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} × {cpu}"


def rate(sample):
    big = sample["bytes"] >= MIB * sample["requests"]
    return sample["bytes"] / MIB / sample["seconds"] if big else sample["requests"] / sample["seconds"]


def cost(sample):
    """CPU microseconds of the server for each request."""
    return sample["server_cpu"] * 1e6 / sample["requests"]


def congestion():
    """TCP's congestion control between two ends on the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        accepted, _ = server.accept()
        with accepted:
            return accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0").decode()


def tables(results):
    """The results as Markdown: medians, and medians of the ratios to nginx in the same round."""
    about, samples = results["about"], results["samples"]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    lines = [
        f"{about['machine']}, Linux {about['kernel']}, TCP's congestion control {about['congestion']}, {about['date']}; {versions}. "
        f"Medians of {about['rounds']} rounds of {about['seconds']:g} s; × is the median of the ratios to nginx in the same round.",
    ]
    for row, title in about["titles"].items():
        for connections in sorted({s["connections"] for s in samples if s["row"] == row}):
            mine = [s for s in samples if s["row"] == row and s["connections"] == connections]
            lines += ["", f"**{title}**, {connections} connections", ""]
            if row == "herd":
                lines += herd(mine, about)
            else:
                lines += ordinary(mine, about, about["lengths"][row] >= MIB)
                lines += verdict(mine, about["wanted"][row])
    return "\n".join(lines) + "\n"


def of(samples, name):
    return sorted((s for s in samples if s["server"] == name), key=lambda s: s["round"])


def ratio(samples, name, figure):
    pairs = [(figure(a), figure(b)) for a, b in zip(of(samples, name), of(samples, "nginx"))]
    pairs = [a / b for a, b in pairs if b]
    return f"{statistics.median(pairs):.2f}" if pairs else "–"


def median(samples, figure):
    return statistics.median(map(figure, samples))


def ordinary(samples, about, big):
    unit = "MiB/s" if big else "req/s"
    lines = [f"| | {unit} | × | CPU µs/request | × | first byte p50 ms | p50 ms | p99 ms | × | RSS MiB | generator's CPU |",
             "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for name in about["versions"]:
        mine = of(samples, name)
        if not mine:
            continue
        lines.append(
            f"| {name} | {median(mine, rate):,.0f} | {ratio(samples, name, rate)} "
            f"| {median(mine, cost):,.1f} | {ratio(samples, name, cost)} "
            f"| {first_byte(mine)} | {median(mine, lambda s: s['p50']) / 1000:.2f} | {median(mine, p99) / 1000:.2f} "
            f"| {ratio(samples, name, p99)} | {median(mine, lambda s: s['rss']):,.0f} "
            f"| {median(mine, lambda s: s['cpu'] / s['seconds']):.0%} |"
        )
    late = [sample["lag"] * 1000 for sample in samples if sample.get("lag") is not None]
    if late:
        lines += ["", f"Forebay's event loop came at most {statistics.median(late):.1f} ms late (median of the rounds; "
                  f"the worst {max(late):.1f})."]
    return lines


def p99(sample):
    return sample["p99"]


def first_byte(samples):
    return f"{median(samples, lambda s: s['first_p50']) / 1000:.2f}" if "first_p50" in samples[0] else "–"


def verdict(samples, wanted):
    """Whether Forebay reached what it is meant to reach."""
    words = []
    for figure, name, of_sample in (("rate", "throughput", rate), ("cpu", "CPU", cost), ("p99", "p99", p99)):
        if figure in wanted:
            seen, least = float(ratio(samples, "forebay", of_sample)), figure == "rate"
            reached = seen >= wanted[figure] if least else seen <= wanted[figure]
            sign = "≥" if least else "≤"
            words.append(f"{name} × {sign} {wanted[figure]}: {'reached' if reached else f'**not reached**, {seen:.2f}'}")
    return ["", f"Wanted of Forebay: {'; '.join(words)}."] if words else []


def herd(samples, about):
    lines = ["| | requests upstream | first byte p50 ms | last first byte ms | behind the origin's ms | all done s | ÷ origin's "
             "| CPU s | × |", "|---|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for name in about["versions"]:
        mine = of(samples, name)
        if not mine:
            continue
        lines.append(
            f"| {name} | {max(s['upstream'] for s in mine)} | {median(mine, lambda s: s['first_p50']) / 1000:.0f} "
            f"| {median(mine, lambda s: s['first_max']) / 1000:.0f} | {median(mine, behind):.0f} "
            f"| {median(mine, lambda s: s['seconds']):.2f} | {median(mine, longer):.3f} "
            f"| {median(mine, lambda s: s['server_cpu']):.2f} | {ratio(samples, name, lambda s: s['server_cpu'])} |"
        )
    ours, varnish = of(samples, "forebay"), of(samples, "varnish")
    wanted = [
        ("one request upstream", max(s["upstream"] for s in ours) == 1),
        ("last first byte at most 30 ms behind the origin's", median(ours, behind) <= 30),
        ("all done within 1.02 of the origin's own time", median(ours, longer) <= 1.02),
    ]
    if varnish:
        spent = median(ours, lambda s: s["server_cpu"]) / median(varnish, lambda s: s["server_cpu"])
        wanted.append((f"CPU at most 1.5 of Varnish's ({spent:.2f})", spent <= 1.5))
    words = "; ".join(f"{what}: {'reached' if reached else '**not reached**'}" for what, reached in wanted)
    return [*lines, "", f"Wanted of Forebay: {words}."]


def behind(sample):
    """How many milliseconds the last client's first byte came later than the origin's own."""
    return (sample["first_max"] - sample["origin_first"]) / 1000


def longer(sample):
    return sample["seconds"] / sample["origin_seconds"]


def several(known):
    def parse(text):
        names = text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(known)}")
        return names

    return parse


def arguments(words):
    parser = argparse.ArgumentParser(prog="scripts/compare")
    rows = {row.name: row for row in ROWS}
    parser.add_argument("--rows", type=several(rows), default=list(rows))
    parser.add_argument("--peers", type=several(PEERS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--warm-up", type=float, default=10)
    parser.add_argument("--connections", type=lambda text: [int(n) for n in text.split(",")], default=[100])
    options = parser.parse_args(words)
    options.rows = [rows[name] for name in options.rows]
    if options.peers is None:
        options.peers = [name for name, kind in PEERS.items() if kind.installed()]
        for name in set(PEERS) - set(options.peers):
            print(f"compare: {name} is not installed and left out; --install brings it", file=sys.stderr)
    absent = [name for name in options.peers if not PEERS[name].installed()]
    if absent or "nginx" not in options.peers:
        parser.error(f"{', '.join(absent) or 'nginx'} is needed; scripts/compare --install brings it")
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("rounds and seconds must be more than 0")
    return options


def main():
    # Whoever ends this must not leave servers behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    root = Path(sys.argv[1])
    comparison = Comparison(root, arguments(sys.argv[2:]))
    try:
        comparison.build()
        comparison.start()
        for row in comparison.options.rows:
            comparison.measure(row)
        comparison.report()
    finally:
        comparison.stop()
    # Bodies are of no further use; configurations and logs are.
    for bulky in ("nginx/cache", "trafficserver/cache", "forebay/data", "varnish/state"):
        put_aside(comparison.work / bulky, comparison.out)


if __name__ == "__main__":
    main()
