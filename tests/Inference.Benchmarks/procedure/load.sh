#!/bin/bash
# load.sh PORT FRAME REQUESTS CONNECTIONS STREAMS
#
# Posts FRAME to ModelInfer on 127.0.0.1:PORT, REQUESTS times in all over CONNECTIONS connections with STREAMS requests
# under way on each, and prints: requests per second, mean latency in us, longest latency in us, bytes answered.
# Needs h2load (Debian: nghttp2-client). h2load takes HTTP 200 for success, and a gRPC error is HTTP 200: whoever calls
# this compares the bytes answered with those of an answer that was checked.
set -euo pipefail

[ $# -eq 5 ] || { sed -n '2,7s/^# \?//p' "$0" >&2; exit 2; }
port=$1 frame=$2 requests=$3 connections=$4 streams=$5

# Windows of 32 and 64 MiB (2^25, 2^26): the generator must not be what limits a large answer.
report=$(h2load --requests "$requests" --clients "$connections" --max-concurrent-streams "$streams" --threads 1 \
  --window-bits 25 --connection-window-bits 26 --data "$frame" \
  --header 'content-type: application/grpc' --header 'te: trailers' --header 'grpc-accept-encoding: identity' \
  "http://127.0.0.1:$port/inference.GRPCInferenceService/ModelInfer" 2>&1) || { echo "$report" >&2; exit 1; }

awk -v wanted="$requests" '
  function microseconds(text) {
    if (text ~ /us$/) return text + 0
    if (text ~ /ms$/) return text * 1000
    return text * 1000000
  }
  /^finished in/       { for (i = 1; i < NF; i++) if ($(i + 1) ~ /^req\/s/) rate = $i }
  /^requests:/         { succeeded = $8 }
  /^traffic:/          { match($0, /\([0-9]+\) data/); data = substr($0, RSTART + 1, RLENGTH - 7) }
  /^time for request:/ { longest = microseconds($5); mean = microseconds($6) }
  END {
    if (succeeded != wanted) {
      print "load.sh: " succeeded " of " wanted " requests succeeded" > "/dev/stderr"
      exit 1
    }
    printf "%s\t%d\t%d\t%s\n", rate, mean, longest, data
  }' <<<"$report"
