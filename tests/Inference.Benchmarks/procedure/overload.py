#!/usr/bin/python3
"""Goodput under overload, with a load generator that costs next to nothing: overload.py PORT FRAME DEADLINE_MS
[--rounds 3] [--factor 3] [--seconds 8] [--connections 8] [--calls 32]

In turns: capacity (h2load, closed, some seconds), arrivals at so many times that with a deadline each, capacity again. The
server's answers carry data only where they were given within the deadline, which the server keeps, and a refusal
carries none; so goodput is the data that came, by the size of one answer. Prints each round and the median of goodput
as a part of the capacity, the mean of the one before and the one after. Needs h2load (Debian: nghttp2-client).
"""
import argparse
import re
import statistics
import subprocess
import sys

# Seconds, at the least that h2load takes where it is to run for a time. What comes meanwhile counts as well.
WARM_UP = 1


def h2load(options, frame, extra):
    command = ["h2load", "-t", "1", "-w", "25", "-W", "26", "-d", frame, *extra,
               "-H", "content-type: application/grpc", "-H", "te: trailers", "-H", "grpc-accept-encoding: identity",
               f"http://127.0.0.1:{options.port}/inference.GRPCInferenceService/ModelInfer"]
    text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    data = re.search(r"\((\d+)\) data", text)
    done = re.search(r"(\d+) succeeded", text)
    if not data or not done:
        sys.exit(f"overload.py: h2load printed no figures:\n{text}")
    return int(data[1]), int(done[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("frame", help="a request as make_frame.py writes it")
    parser.add_argument("deadline", type=int, metavar="DEADLINE_MS")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--factor", type=float, default=3)
    parser.add_argument("--seconds", type=int, default=8, help="of overload in each round; capacity is taken for half of that")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--calls", type=int, default=32, help="streams of each connection when capacity is taken")
    options = parser.parse_args()
    count = str(options.connections)

    data, done = h2load(options, options.frame, ["-c", "1", "-m", "1", "-n", "20"])
    size = data / done
    if size == 0:
        sys.exit("overload.py: the server's answer has no data: is the request right?")

    def rate(extra, seconds):
        data, done = h2load(options, options.frame, [*extra, "-c", count, "-D", str(seconds), "--warm-up-time", str(WARM_UP)])
        return data / size / (seconds + WARM_UP), done / seconds

    def capacity():
        answered, done = rate(["-m", str(options.calls)], max(2, options.seconds // 2))
        if answered * 1.5 < done:
            sys.exit("overload.py: requests are refused while capacity is taken: fewer --calls")
        return answered

    capacity()
    parts = []
    before = capacity()
    for number in range(1, options.rounds + 1):
        arrivals = before * options.factor / options.connections
        good, arrived = rate(["-m", "4000", "--rps", str(max(1, round(arrivals))), "-H", f"grpc-timeout: {options.deadline}m"], options.seconds)
        if arrived < 0.95 * arrivals * options.connections:
            sys.exit(f"overload.py: {arrived:.0f} of {arrivals * options.connections:.0f} arrived a second: more --connections, else they wait for a free stream")
        after = capacity()
        parts.append(good / ((before + after) / 2))
        print(f"round {number}: capacity {before:.0f} and {after:.0f} a second, {arrived:.0f} arrived, {good:.0f} in time: {parts[-1]:.2f}", flush=True)
        before = after
    print(f"goodput {statistics.median(parts):.2f} of capacity, median of {options.rounds}")


main()
