#!/usr/bin/python3
"""Medians and ratios of what compare.sh measured: summarise.py ROUNDS_FILE

The file has a line per turn: load, server, round, requests per second, mean us, longest us. Every server is also set
against the one named last, the yardstick. A ratio is the median of the ratios within each round, whose turns lie next to
each other: what slows the machine for minutes slows both.
"""
import collections
import statistics
import sys


def read(path):
    """load -> server -> round -> (requests per second, mean us)"""
    turns = collections.defaultdict(lambda: collections.defaultdict(dict))
    with open(path) as file:
        for line in file:
            load, server, turn, rate, mean, _ = line.split("\t")
            turns[load][server][turn] = float(rate), float(mean)
    return turns


def ratio(own, base, column):
    return statistics.median(own[turn][column] / base[turn][column] for turn in own if turn in base)


def main(path):
    turns = read(path)
    if not turns:
        sys.exit(f"summarise.py: {path} holds no turn")
    print(f"{'load':<18}{'server':<14}{'req/s':>10}{'least':>10}{'most':>10}{'mean us':>10}   ratios")
    for load, servers in turns.items():
        yardstick = list(servers)[-1]
        for server, rounds in servers.items():
            rates, means = zip(*rounds.values())
            line = f"{load:<18}{server:<14}{statistics.median(rates):>10.1f}{min(rates):>10.1f}{max(rates):>10.1f}"
            line += f"{statistics.median(means):>10.0f}"
            if server != yardstick:
                base = servers[yardstick]
                line += f"   {ratio(rounds, base, 0):.2f} x the rate, {ratio(rounds, base, 1):.2f} x the latency of {yardstick}"
            print(line)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
