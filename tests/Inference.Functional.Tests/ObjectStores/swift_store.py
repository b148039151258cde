"""OpenStack Swift with its S3 interface on one loopback port: the four servers of a cluster of one, in one process.

Usage: swift_store.py FOLDER. Prints the port when it answers. Keeps everything in FOLDER. Account "test", user "tester",
key "testing": the access key is "test:tester", the secret key "testing".
"""
import os
import socket
import sys

import eventlet

eventlet.monkey_patch()

from swift.common import utils  # noqa: E402

folder = os.path.abspath(sys.argv[1])
utils.HASH_PATH_PREFIX = b"tests"
utils.HASH_PATH_SUFFIX = b"tests"

from eventlet import wsgi  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.utils import NullLogger  # noqa: E402
from swift.common.wsgi import SwiftHttpProtocol, loadapp  # noqa: E402


class Memory:
    """Takes the place of memcached, which a single process does not need."""

    def __init__(self):
        self._values = {}

    def get(self, key, raise_on_error=False):
        return self._values.get(key)

    def set(self, key, value, serialize=True, time=0, **_):
        self._values[key] = value

    def incr(self, key, delta=1, time=0):
        self._values[key] = int(self._values.get(key, 0)) + delta
        return self._values[key]

    def delete(self, key, server_key=None):
        self._values.pop(key, None)


def listen():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return eventlet.greenio.GreenSocket(listener)


def write_ring(name, port):
    builder = RingBuilder(1, 1, 1)
    builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk", "weight": 1.0,
                     "replication_ip": "127.0.0.1", "replication_port": port, "meta": ""})
    builder.rebalance()
    builder.get_ring().save(os.path.join(folder, name + ".ring.gz"))


def start(listener, name, text):
    path = os.path.join(folder, name + ".conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    app = loadapp(path, global_conf={"log_level": "ERROR"})
    eventlet.spawn(wsgi.server, listener, app, NullLogger(), protocol=SwiftHttpProtocol, custom_pool=eventlet.GreenPool(256))


class WithMemory:
    def __init__(self, app):
        self._app, self._memory = app, Memory()

    def __call__(self, env, start_response):
        env["swift.cache"] = self._memory
        return self._app(env, start_response)


os.makedirs(os.path.join(folder, "disk"), exist_ok=True)
backends = {name: listen() for name in ("account", "container", "object")}
for name, listener in backends.items():
    write_ring(name, listener.getsockname()[1])
for name, listener in backends.items():
    start(listener, name, f"""[DEFAULT]
devices = {folder}
mount_check = false
swift_dir = {folder}
disable_fallocate = true
[app:main]
use = egg:swift#{name}
""")

path = os.path.join(folder, "proxy.conf")
with open(path, "w", encoding="utf-8") as file:
    file.write(f"""[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
check_bucket_owner = false
min_segment_size = 1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
""")
proxy = listen()
eventlet.spawn(wsgi.server, proxy, WithMemory(loadapp(path)), NullLogger(), protocol=SwiftHttpProtocol, custom_pool=eventlet.GreenPool(256))
print(proxy.getsockname()[1], flush=True)

# Ends with whoever started it.
while eventlet.tpool.execute(sys.stdin.buffer.raw.read, 1):
    pass
