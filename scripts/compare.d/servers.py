"""The servers that are compared: how each is configured and started, and what it costs."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path

# The certificate was made a moment ago, by us.
UNCHECKED = ssl.create_default_context()
UNCHECKED.check_hostname = False
UNCHECKED.verify_mode = ssl.CERT_NONE

TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as held:
        return held.getsockname()[1]


class Program:
    """A process and all that it starts."""

    def __init__(self, command, log, environment=None):
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | (environment or {}),
                start_new_session=True,
            )

    def family(self):
        """Process ids of it and of everything below it."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    stat = Path(f"/proc/{entry}/stat").read_text()
                except OSError:
                    continue
                parents[int(entry)] = int(stat.rsplit(")", 1)[1].split()[1])
        found = [self.process.pid]
        for parent in found:
            found.extend(child for child, its in parents.items() if its == parent)
        return found

    def cpu(self):
        """Seconds of CPU, user and system, of all processes."""
        ticks = 0
        for process in self.family():
            try:
                fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def resident(self):
        """MiB of memory of all processes, with pages that they share counted for each."""
        pages = 0
        for process in self.family():
            try:
                pages += int(Path(f"/proc/{process}/statm").read_text().split()[1])
            except OSError:
                continue
        return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                # The session is its own: nothing else is in it.
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def until_answer(self, url):
        last = None
        for _ in range(300):
            try:
                with urllib.request.urlopen(url, timeout=5, context=UNCHECKED if url.startswith("https:") else None) as answer:
                    answer.read()
                return self
            except OSError as problem:
                last = problem
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        tail = Path(self.log).read_text(errors="replace")[-2000:]
        self.stop()
        raise SystemExit(f"compare: no answer from {url}: {last}\n{tail}")


class Server:
    """One of those that are compared."""

    prefix = ""
    command = ""
    scheme = "http"

    def __init__(self, root, directory, origin_port, suffix=""):
        self.root = root
        self.directory = directory / (self.name + ("" if self.scheme == "http" else "-tls") + suffix)
        self.directory.mkdir(parents=True)
        self.origin_port = origin_port
        self.port = free_port()

    @classmethod
    def installed(cls):
        return shutil.which(cls.command) is not None

    def start(self, probe, more):
        command, environment = self.configure()
        self.program = Program(command, str(self.directory / "output"), environment | more)
        self.program.until_answer(self.url(probe))

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.port}{self.prefix}{path}"

    def certificate(self):
        """PEM files of a certificate for this run and its key."""
        certificate, key = self.directory / "certificate.pem", self.directory / "key.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
        return certificate, key

    def forget_pages(self):
        """Takes what it has on the disk out of the kernel's memory: pages that are written, and mapped by nobody."""
        for path in self.directory.rglob("*"):
            if path.is_file():
                with open(path, "rb") as file:
                    os.fsync(file.fileno())
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def lag(self):
        """The latest an event loop came since the last call, in seconds; None of a server that does not tell."""
        return None

    def write(self, name, text):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)


class Nginx(Server):
    name, command = "nginx", "nginx"

    def listen(self):
        return f"listen 127.0.0.1:{self.port} backlog=4096;"

    @staticmethod
    def version():
        return subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr.split("/")[1].split()[0]

    def configure(self):
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = "".join(
            f"  {kind}_temp_path {self.directory}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        file = self.write(
            "nginx.conf",
            f"""{user}
worker_processes 1;
daemon off;
error_log {self.directory}/error.log;
pid {self.directory}/pid;
events {{ worker_connections 8192; }}
http {{
{temporary}  access_log {self.directory}/access.log;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  open_file_cache max=20000 inactive=60s;
  proxy_cache_path {self.directory}/cache levels=1:2 keys_zone=c:100m max_size=100g inactive=1d;
  upstream origin {{ server 127.0.0.1:{self.origin_port}; keepalive 64; }}
  server {{
    {self.listen()}
    location / {{
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache c;
      proxy_cache_valid 200 1h;
      proxy_cache_lock on;
      proxy_cache_lock_timeout 60s;
      proxy_cache_lock_age 60s;
    }}
  }}
}}
""",
        )
        return ["nginx", "-p", str(self.directory), "-c", file], {}


class SecureNginx(Nginx):
    scheme = "https"

    def listen(self):
        certificate, key = self.certificate()
        return f"""listen 127.0.0.1:{self.port} ssl http2 backlog=4096;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.3;"""


class Varnish(Server):
    name, command = "varnish", "varnishd"

    @staticmethod
    def version():
        return subprocess.run(["varnishd", "-V"], capture_output=True, text=True).stderr.split("varnish-")[1].split()[0]

    def configure(self):
        file = self.write(
            "default.vcl",
            f"""vcl 4.1;
backend origin {{ .host = "127.0.0.1"; .port = "{self.origin_port}"; }}
""",
        )
        command = ["varnishd", "-F", "-j", "none", "-n", str(self.directory / "state"), "-f", file]
        command += ["-a", f"127.0.0.1:{self.port}", "-T", "none", "-s", "malloc,8G", "-t", "3600"]
        return command, {}


class TrafficServer(Server):
    name, command = "trafficserver", "traffic_server"

    @staticmethod
    def version():
        text = subprocess.run(["traffic_server", "--version"], capture_output=True, text=True)
        return (text.stdout + text.stderr).split("Traffic Server ")[1].split()[0]

    def configure(self):
        for kind in ("log", "run", "cache"):
            (self.directory / kind).mkdir()
        # Also for the user that Traffic Server becomes when root starts it.
        shutil.copytree("/etc/trafficserver", self.directory / "etc", dirs_exist_ok=True)
        self.write(
            "etc/records.config",
            f"""CONFIG proxy.config.http.server_ports STRING {self.port}:ip-in=127.0.0.1
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 1
CONFIG proxy.config.accept_threads INT 0
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.url_remap.remap_required INT 1
CONFIG proxy.config.cache.enable_read_while_writer INT 1
CONFIG proxy.config.cache.limits.http.max_alts INT 5
CONFIG proxy.config.http.background_fill_active_timeout INT 0
CONFIG proxy.config.http.background_fill_completed_threshold FLOAT 0.0
CONFIG proxy.config.http.cache.max_open_read_retries INT 500
CONFIG proxy.config.http.cache.open_read_retry_time INT 10
CONFIG proxy.config.http.keep_alive_no_activity_timeout_in INT 120
CONFIG proxy.config.diags.debug.enabled INT 0
""",
        )
        self.write("etc/remap.config", f"map http://127.0.0.1:{self.port}/ http://127.0.0.1:{self.origin_port}/\n")
        self.write("etc/storage.config", f"{self.directory}/cache 8G\n")
        libraries = next(Path("/usr/lib").glob("*/trafficserver"), Path("/usr/lib/trafficserver"))
        file = self.write(
            "runroot.yaml",
            f"""prefix: {self.directory}
exec_prefix: /usr
bindir: /usr/bin
sbindir: /usr/bin
sysconfdir: {self.directory}/etc
datadir: {self.directory}/run
includedir: /usr/include
libdir: {libraries.parent}
libexecdir: {libraries}/modules
localstatedir: {self.directory}/run
runtimedir: {self.directory}/run
logdir: {self.directory}/log
cachedir: {self.directory}/cache
""",
        )
        return ["traffic_server", f"--run-root={file}"], {}


class Forebay(Server):
    name, command, prefix = "forebay", "java", "/cran/latest"

    @staticmethod
    def version():
        text = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
        return "JDK " + text.split('"')[1]

    def more(self):
        return ""

    def lag(self):
        with urllib.request.urlopen(f"{self.scheme}://127.0.0.1:{self.port}/metrics", context=UNCHECKED) as answer:
            text = answer.read().decode()
        return max(float(line.split()[-1]) for line in text.splitlines() if line.startswith("forebay_event_loop_lag_seconds"))

    def configure(self):
        jar = self.root / "proxy-server/target/forebay.jar"
        java = shutil.which("java")
        options = subprocess.run(
            [str(self.root / "scripts/jvm-options"), java, str(jar), str(self.directory / "none/archive.jsa")],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        file = self.write(
            "forebay.toml",
            f"""listen = "127.0.0.1:{self.port}"
data-dir = "{self.directory}/data"
[http]
event-loops = 1
# The generator has one address.
max-connections-per-address = 10000
[sources.cran]
url = "http://127.0.0.1:{self.origin_port}"
[sources.bioconductor]
enabled = false
[sources.pypi]
enabled = false
{self.more()}""",
        )
        # The arenas of packaging/forebay.
        return [java, *options, "-jar", str(jar), "serve", "--config", file], {"MALLOC_ARENA_MAX": "2"}


class SecureForebay(Forebay):
    scheme = "https"

    def more(self):
        certificate, key = self.certificate()
        return f"""[tls]
certificate = "{certificate}"
key = "{key}"
"""


PEERS = {server.name: server for server in (Nginx, Varnish, TrafficServer)}
