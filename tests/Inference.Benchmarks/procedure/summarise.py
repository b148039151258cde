#!/usr/bin/python3
"""Medians and ratios of what compare.sh measured: summarise.py ROUNDS_FILE

The file has a line per turn: load, server, round, requests per second, mean us, longest us. Every server is also
given as a ratio to the server named last, which is the yardstick.
"""
import collections
import statistics
import sys


def main(path):
    turns = collections.defaultdict(list)
    with open(path) as file:
        for line in file:
            load, server, _, rate, mean, _ = line.split("\t")
            turns[load, server].append((float(rate), float(mean)))
    medians = {key: tuple(map(statistics.median, zip(*values))) for key, values in turns.items()}
    servers = list(dict.fromkeys(server for _, server in medians))
    yardstick = servers[-1]

    print(f"{'load':<18}{'server':<14}{'req/s':>10}{'least':>10}{'most':>10}{'mean us':>10}"
          f"   rate / {yardstick}   latency / {yardstick}")
    for (load, server), (rate, mean) in medians.items():
        rates = [r for r, _ in turns[load, server]]
        line = f"{load:<18}{server:<14}{rate:>10.1f}{min(rates):>10.1f}{max(rates):>10.1f}{mean:>10.0f}"
        if server != yardstick and (load, yardstick) in medians:
            base_rate, base_mean = medians[load, yardstick]
            line += f"   {rate / base_rate:>{7 + len(yardstick)}.2f}   {mean / base_mean:>{10 + len(yardstick)}.2f}"
        print(line)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
