#!/usr/bin/python3
"""What a repository in an object store costs, with OpenStack Swift on a loopback port as the store.

store.py list DLL [MODELS]      first look at so many models (1,000), and looks at them while nothing changes
store.py download DLL [BYTES]   download of an object (500 MB) into the cache, beside curl, in turns

DLL is the server, inference.dll. Needs python3-swift and curl.
"""
import hashlib
import hmac
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

STORE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Inference.Functional.Tests/ObjectStores/swift_store.py")
KEYS = {"AWS_ACCESS_KEY_ID": "test:tester", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true"}
TICKS = os.sysconf("SC_CLK_TCK")
CURL = ["curl", "-sS", "--fail"]


def quote(text):
    return urllib.parse.quote(text, safe="-_.~")


def signed(address, path, **query):
    """A URL that may be read by whoever has it, as the SDKs of AWS make them (signature version 4)."""
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{now[:8]}/us-east-1/s3/aws4_request"
    query |= {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{KEYS['AWS_ACCESS_KEY_ID']}/{scope}", "X-Amz-Date": now, "X-Amz-Expires": "600", "X-Amz-SignedHeaders": "host"}
    text = "&".join(f"{quote(name)}={quote(value)}" for name, value in sorted(query.items()))
    request = f"GET\n{path}\n{text}\nhost:{address.removeprefix('http://')}\n\nhost\nUNSIGNED-PAYLOAD"
    key = b"AWS4" + KEYS["AWS_SECRET_ACCESS_KEY"].encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}".encode(), "sha256").hex()
    return f"{address}{path}?{text}&X-Amz-Signature={signature}"


class Store:
    """The store, which a user of Swift's own interface fills."""

    def __init__(self, folder):
        self.process = subprocess.Popen(["/usr/bin/python3", "-W", "ignore", STORE, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = "http://127.0.0.1:" + self.process.stdout.readline().strip()
        request = urllib.request.Request(self.address + "/auth/v1.0", headers={"X-Auth-User": "test:tester", "X-Auth-Key": "testing"})
        with urllib.request.urlopen(request) as answer:
            self.token = answer.headers["X-Auth-Token"]
        self.put("", b"")

    def put(self, path, content):
        url = self.address + "/v1/AUTH_test/bucket" + path
        with urllib.request.urlopen(urllib.request.Request(url, data=content, method="PUT", headers={"X-Auth-Token": self.token, "Content-Type": "application/octet-stream"})):
            pass

    def listing(self, prefix):
        """Requests and bytes of a listing, as the server asks for it."""
        requests, size, after = 0, 0, {}
        while True:
            page = subprocess.run(CURL + [signed(self.address, "/bucket", **{"encoding-type": "url", "list-type": "2", "prefix": prefix + "/"}, **after)], check=True, capture_output=True).stdout
            requests, size = requests + 1, size + len(page)
            token = re.search(rb"<NextContinuationToken>([^<]*)<", page)
            if not token:
                return requests, size
            after = {"continuation-token": token[1].decode()}

    def close(self):
        self.process.kill()
        self.process.wait()


class Server:
    def __init__(self, dll, store, prefix, cache, *more):
        self.start = time.monotonic()
        self.ports = free_ports(3)
        self.process = subprocess.Popen(
            ["dotnet", dll, "serve", "--repository", f"s3://bucket/{prefix}", "--grpc-port", self.ports[0], "--http-port", self.ports[1], "--metrics-port", self.ports[2],
             f"--Repository:S3:Endpoint={store.address}", f"--Repository:S3:CachePath={cache}", "--Logging:Level=Error", *more],
            env={**os.environ, **KEYS}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def until_ready(self):
        self.until(lambda: self.get(self.ports[1], "/readyz") is not None)
        return time.monotonic() - self.start

    def until(self, condition, pause=0.01):
        while not condition():
            if self.process.poll() is not None or time.monotonic() - self.start > 120:
                sys.exit("The server does not come to it.")
            time.sleep(pause)

    def metric(self, name):
        page = self.get(self.ports[2], "/metrics") or ""
        return sum(float(line.rsplit(" ", 1)[1]) for line in page.split("\n") if line.startswith(name))

    def get(self, port, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
                return answer.read().decode()
        except OSError:
            return None

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def close(self):
        self.process.kill()
        self.process.wait()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def idle(server, seconds=15):
    """Looks, requests and processor time of a while in which nothing changes, once the code has been optimised."""
    def now():
        return server.metric("inference_repository_looks_total"), server.metric("inference_store_requests_total"), server.processor_seconds()
    time.sleep(15)
    before = now()
    time.sleep(seconds)
    return [round(after - first, 2) for first, after in zip(before, now())]


def list_models(dll, store, folder, models):
    with open(os.path.join(os.path.dirname(STORE), "../../../deploy/models/iris/1/model.onnx"), "rb") as file:
        artefact = file.read()
    cache, without = os.path.join(folder, "cache"), None
    for prefix in ("one", "bare", "manifests"):
        for number in range(1 if prefix == "one" else models):
            store.put(f"/{prefix}/m{number:05}/1/model.onnx", artefact)
            if prefix == "manifests":
                store.put(f"/{prefix}/m{number:05}/model.yaml", b"routing: { default: latest }\n")
        figures = {"models": prefix}
        for poll in (3600, 0.2):
            server = Server(dll, store, prefix, cache, "--Cache:Loading=lazy", f"--Repository:PollSeconds={poll}")
            try:
                figures["ready_s" if poll == 3600 else "again_ready_s"] = round(server.until_ready(), 2)
                if poll == 3600:
                    figures["first"] = {o: server.metric(f'inference_store_requests_total{{operation="{o}"') for o in ("list", "get", "head")}
                    without = without or idle(server)[2]
                else:
                    looks, requests, used = idle(server)
                    figures |= {"looks": looks, "requests": requests, "processor_ms_a_look": round((used - without) / looks * 1000, 1)}
            finally:
                server.close()
        figures["listing_requests"], figures["listing_bytes"] = store.listing(prefix)
        print(json.dumps(figures), flush=True)


def download(dll, store, folder, size):
    """New versions for a server that has been up for a while: they are not ONNX, since what is measured ends before they are opened."""
    server = Server(dll, store, "large", os.path.join(folder, "cache"), "--Repository:PollSeconds=1", "--Repository:SettleMilliseconds=100")
    try:
        server.until_ready()
        time.sleep(5)
        for turn in range(1, 4):
            key = f"/large/m{turn}/1/model.onnx"
            before, used = server.metric("inference_store_download_duration_seconds_sum"), server.processor_seconds()
            with open("/dev/urandom", "rb") as random:
                store.put(key, random.read(size))
            server.until(lambda: server.metric("inference_store_downloads_total") >= turn, pause=0.5)
            taken, used = server.metric("inference_store_download_duration_seconds_sum") - before, server.processor_seconds() - used
            start = time.monotonic()
            subprocess.run(CURL + ["-o", os.path.join(folder, "curl"), signed(store.address, "/bucket" + key)], check=True)
            curl = time.monotonic() - start
            os.remove(os.path.join(folder, "curl"))
            print(json.dumps({"turn": turn, "curl_MBps": round(size / curl / 1e6), "server_MBps": round(size / taken / 1e6), "server_processor_s": round(used, 2)}), flush=True)
    finally:
        server.close()


def main():
    what = {"list": (list_models, 1000), "download": (download, 500_000_000)}[sys.argv[1]]
    folder = tempfile.mkdtemp(prefix="inference-store-")
    store = None
    try:
        store = Store(os.path.join(folder, "store"))
        what[0](sys.argv[2], store, folder, int(sys.argv[3]) if len(sys.argv) > 3 else what[1])
    finally:
        if store:
            store.close()
        shutil.rmtree(folder, ignore_errors=True)


main()
