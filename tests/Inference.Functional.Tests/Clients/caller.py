"""Callers of ModelInfer with grpcio, which ask again as soon as they are answered.

    python3 caller.py TARGET REQUEST EXPECTED CALLERS [SERVICE_CONFIG]

REQUEST is the message, EXPECTED what every answer holds, both in hexadecimal digits. Prints how many answers there are whenever
that changes; when its input ends it stops and prints the failures as JSON: status, text and seconds of each.
"""
import json
import sys
import threading
import time

import grpc

target, request, expected, callers = sys.argv[1], bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3]), int(sys.argv[4])
# The library would take a list of addresses for the server's name, which no server takes.
options = [("grpc.use_local_subchannel_pool", 1), ("grpc.default_authority", "inference")]
if len(sys.argv) > 5:
    options.append(("grpc.service_config", open(sys.argv[5], encoding="utf-8").read()))
stop, answers, failures = threading.Event(), [0] * callers, []


def call(number):
    # Some share a connection, as threads of a program do.
    infer = channels[number % len(channels)].unary_unary("/inference.GRPCInferenceService/ModelInfer")
    while not stop.is_set():
        begun = time.monotonic()
        try:
            if expected not in infer(request, timeout=60):
                failures.append(["WRONG", "another answer", 0])
            answers[number] += 1
        except grpc.RpcError as error:
            failures.append([error.code().name, error.details(), time.monotonic() - begun])


def tell():
    last = -1
    while not stop.wait(0.02):
        if sum(answers) != last:
            last = sum(answers)
            print(last, flush=True)


channels = [grpc.insecure_channel(target, options) for _ in range(2)]
threads = [threading.Thread(target=call, args=(number,)) for number in range(callers)] + [threading.Thread(target=tell)]
for thread in threads:
    thread.start()
sys.stdin.read()
stop.set()
for thread in threads:
    thread.join()
print(json.dumps(failures), flush=True)
