"""A private simmerd for the benchmarks: started, asked and ended from Python's standard library alone."""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAMS = os.environ.get("SIMMER_PROGRAMS", os.path.join(ROOT, ".build-programs", "release"))


def npy(shape, kind, data):
    """A file in NumPy's format, version 1.0."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


class Daemon:
    """`simmerd` with a store below `folder` (a new temporary one by default); use it in a `with`."""

    def __init__(self, folder=None, configuration=""):
        self.folder = folder or tempfile.mkdtemp(prefix="simmer-bench-")
        self.own = folder is None
        self.socket = os.path.join(self.folder, "io.simmer")
        self.configuration = configuration

    def __enter__(self):
        config = self.write("simmerd.yaml", self.configuration)
        self.log = open(os.path.join(self.folder, "simmerd.log"), "a")
        self.process = subprocess.Popen(
            [os.path.join(PROGRAMS, "simmerd"), "--state-dir", os.path.join(self.folder, "store"),
             "--socket", self.socket, "--config", config], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.call("GetStatus", {})
                return self
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError("simmerd does not answer: " + open(self.log.name).read())
                time.sleep(0.05)

    def __exit__(self, *_):
        self.end(signal.SIGTERM)
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def end(self, sign):
        if self.process.poll() is None:
            self.process.send_signal(sign)
        return self.process.wait()

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def connect(self):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.connect(self.socket)
        return s

    def call(self, method, parameters, connection=None):
        """One call, one reply; its parameters. Raises RuntimeError for an error reply."""
        s = connection or self.connect()
        try:
            s.sendall(json.dumps({"method": "io.simmer." + method, "parameters": parameters}).encode() + b"\0")
            data = b""
            while not data.endswith(b"\0"):
                part = s.recv(1 << 16)
                if not part:
                    raise OSError("the daemon closed the connection")
                data += part
            reply = json.loads(data[:-1])
            if "error" in reply:
                raise RuntimeError(f"{method}: {reply}")
            return reply["parameters"]
        finally:
            if connection is None:
                s.close()

    def simmer(self, *arguments, check=True):
        done = subprocess.run([os.path.join(PROGRAMS, "simmer"), *arguments], capture_output=True, text=True,
                              env={**os.environ, "SIMMER_SOCKET": self.socket})
        if check and done.returncode != 0:
            raise RuntimeError(f"simmer {arguments}: exit {done.returncode}: {done.stderr}{open(self.log.name).read()}")
        return done.stdout

    def submit(self, name, recipe, *arguments):
        path = recipe if os.path.exists(recipe) else self.write(name + ".yaml", recipe)
        self.simmer("submit", path, "--name", name, *arguments)

    def summary(self, job):
        return self.call("GetJob", {"job": job})["job"]["summary"]

    def wait_state(self, job, states, seconds=3600):
        deadline = time.monotonic() + seconds
        while True:
            now = self.summary(job)
            if now["state"] in states:
                return now
            if now["state"] == "failed" or time.monotonic() > deadline:
                raise RuntimeError(f"{job} is {now['state']}: {now.get('reason')}")
            time.sleep(0.1)

    def workers(self):
        """Pids of the daemon's children."""
        found = []
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                with open(f"/proc/{self.process.pid}/task/{task}/children") as f:
                    found += [int(p) for p in f.read().split()]
            except FileNotFoundError:  # a thread that has ended meanwhile, and has no children
                continue
        return found

    def steps_per_second(self, job, seconds, settle=2.0):
        """Rate of steps over a window, from the daemon's own time stamps of `train.loss`."""
        # A row is told every ten steps at least, which large networks take long for: two rows are waited for.
        time.sleep(settle)
        first = self.summary(job)["progress"]["step"]
        time.sleep(seconds)
        while self.summary(job)["progress"]["step"] < first + 21:
            time.sleep(1)
        series = self.call("QueryMetrics", {"job": job, "names": ["train.loss"], "fromStep": first, "maxPoints": 10000,
                                            "reduce": "every"})["series"][0]
        steps, times = series["steps"], series["timesUsec"]
        return (steps[-1] - steps[0]) / (times[-1] - times[0]) * 1e6
