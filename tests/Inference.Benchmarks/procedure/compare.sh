#!/bin/bash
# compare.sh [-r ROUNDS] [-l 'LOAD ...'] [-o FOLDER] NAME=COMMAND [NAME=COMMAND ...]
#
# Measures servers against each other. For every load the servers take turns (A B A B A B): each is started, gives an
# answer that is checked, is warmed up with the load, takes the load, and is stopped. The last one named is the yardstick.
#
#   -r  rounds (3)
#   -l  loads (all): small-throughput small-latency wide-batched tensor-602k tensor-19m
#   -o  where models, frames, server logs and rounds.tsv go (a new temporary folder)
#
# COMMAND is a shell command that stays in the foreground and finds in its environment REPOSITORY (the models) and PORT,
# HTTP_PORT, METRICS_PORT (free on 127.0.0.1), so quote it: 'plain=dotnet Inference.Benchmarks.dll plain $PORT $REPOSITORY'.
# Needs h2load (Debian: nghttp2-client), curl, python3-onnx and python3-numpy.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
python=/usr/bin/python3

# load: model, rows, columns, requests, connections, streams on each
declare -A loads=(
  [small-throughput]="small 1 32 60000 8 8"
  [small-latency]="small 1 32 10000 1 1"
  [wide-batched]="wide 1 512 15000 32 1"
  [tensor-602k]="identity 1 150528 2000 4 1"
  [tensor-19m]="identity 32 150528 60 2 1"
)

die() { echo "compare.sh: $*" >&2; exit 1; }
usage() { sed -n '2,13s/^# \?//p' "$0" >&2; exit 2; }

rounds=3 chosen="small-throughput small-latency wide-batched tensor-602k tensor-19m" folder=
while getopts r:l:o: option; do
  case $option in
    r) rounds=$OPTARG ;;
    l) chosen=$OPTARG ;;
    o) folder=$OPTARG ;;
    *) usage ;;
  esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || usage
[[ $rounds =~ ^[1-9][0-9]*$ ]] || die "-r '$rounds' is not a number of rounds"
for load in $chosen; do
  [ -n "${loads[$load]:-}" ] || die "unknown load '$load', expected some of: ${!loads[*]}"
done
for server in "$@"; do
  [[ $server =~ ^[A-Za-z0-9._-]+=.+ ]] || die "'$server' is not NAME=COMMAND"
done
for tool in h2load curl "$python"; do
  command -v "$tool" >/dev/null || die "$tool is not installed (Debian: nghttp2-client, curl, python3-onnx, python3-numpy)"
done

folder=${folder:-$(mktemp -d -t inference-benchmark.XXXXXX)}
mkdir -p "$folder"
export REPOSITORY=$folder/models PORT HTTP_PORT METRICS_PORT
"$python" "$here/make_models.py" "$REPOSITORY"

pid=
stop() {
  [ -n "$pid" ] || return 0
  kill "$pid" 2>/dev/null || true
  timeout 30 tail --pid="$pid" -f /dev/null || { echo "compare.sh: server $pid did not stop in 30 s, killing it" >&2; kill -9 "$pid"; }
  wait "$pid" 2>/dev/null || true
  pid=
}
trap stop EXIT

free_ports() {
  "$python" -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*(s.getsockname()[1] for s in sockets))'
}

# ask FRAME: one answer into $folder/body; fails unless the server said grpc-status 0.
ask() {
  curl --silent --show-error --max-time 60 --http2-prior-knowledge --data-binary "@$1" \
    --header 'content-type: application/grpc' --header 'te: trailers' --header 'expect:' \
    --dump-header "$folder/headers" --output "$folder/body" \
    "http://127.0.0.1:$PORT/inference.GRPCInferenceService/ModelInfer" 2>"$folder/curl.log" || return 1
  grep -qi '^grpc-status: *0' "$folder/headers"
}

# start NAME COMMAND FRAME: returns once the server has answered the frame.
start() {
  read -r PORT HTTP_PORT METRICS_PORT <<<"$(free_ports)"
  bash -c "exec $2" >"$folder/$1.log" 2>&1 &
  pid=$!
  local tries=0
  until ask "$3"; do
    kill -0 "$pid" 2>/dev/null || die "$1 ended before it answered; its log is $folder/$1.log"
    [ $((tries += 1)) -lt 120 ] || die "$1 gave no answer for 60 s: $(cat "$folder/curl.log" "$folder/headers" 2>/dev/null)"
    sleep 0.5
  done
}

awk '$1 > 1 { print "compare.sh: other work runs here (load average " $1 "): the figures will not hold" }' /proc/loadavg >&2
echo "$(nproc) cores, load average $(cut -d' ' -f1-3 /proc/loadavg), results in $folder"
: >"$folder/rounds.tsv"
for load in $chosen; do
  read -r model rows columns requests connections streams <<<"${loads[$load]}"
  frame=$folder/$load.frame
  "$python" "$here/make_frame.py" "$frame" "$model" 1 "$rows" "$columns"
  for ((round = 1; round <= rounds; round++)); do
    for server in "$@"; do
      name=${server%%=*}
      start "$name" "${server#*=}" "$frame"
      "$python" "$here/check_answer.py" "$REPOSITORY/$model/1/model.onnx" "$frame" "$folder/body" || die "$name is wrong on $load"
      "$here/load.sh" "$PORT" "$frame" "$requests" "$connections" "$streams" >/dev/null
      result=$("$here/load.sh" "$PORT" "$frame" "$requests" "$connections" "$streams")
      stop
      read -r rate mean longest bytes <<<"$result"
      size=$(stat -c %s "$folder/body")
      [ "$bytes" -eq $((requests * size)) ] ||
        die "$name sent $bytes bytes on $load, expected $requests answers of $size: some were errors; see $folder/$name.log"
      printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$load" "$name" "$round" "$rate" "$mean" "$longest" | tee -a "$folder/rounds.tsv"
    done
  done
done
echo
"$python" "$here/summarise.py" "$folder/rounds.tsv"
