#!/usr/bin/env bash
# On a machine with a GPU and without a network, in eight minutes: the tests that need a GPU, rates
# of networks, decoding and searches, and a fine-tuning run.
#
#   benchmarks/gpu.sh pack FOLDER [--mib N] [--pictures N]   where the data are, beforehand
#   benchmarks/gpu.sh unpack FOLDER                          on the machine; run does it, too
#   benchmarks/gpu.sh run FOLDER [--dry-run]                 on the machine
#
# Weights, card, losses, figures and a log come out in the folder OUT, FOLDER/out unless it is set.
# PYTHON names the Python that has torch, python3 unless it is set. --dry-run takes a few tiny
# steps, on the CPU where there is no GPU.
set -uo pipefail
cd "$(dirname "$0")/.."

seconds_in_all=470 seconds_each=110
python=${PYTHON:-python3}
task=${1:-} folder=${2:-}
case "$task" in pack | unpack | run) ;; *) task= ;; esac
if [ -z "$task" ] || [ -z "$folder" ]; then
    sed -n '5,7s/^# *//p' "$0" >&2
    exit 2
fi
shift 2
export PYTHONPATH="$PWD/src:$PWD${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1
if [ "$task" = pack ]; then
    exec "$python" -m benchmarks.gpu_pack "$folder" "$@"
fi
folder=$(cd "$folder" && pwd) || exit
"$python" -m benchmarks.gpu_unpack "$folder" || exit
[ "$task" = run ] || exit 0

if [ ! -d "$folder/data" ]; then
    echo "$folder: holds no data; pack it first" >&2
    exit 1
fi
export PYTHONPATH="$PWD/src:$PWD:$folder/site${PYTHONPATH#"$PWD/src:$PWD"}"
export FRAMEPICK_DATA=$folder/data FRAMEPICK_PRETRAINED=$folder/data/pretrained
out=${OUT:-$folder/out}
mkdir -p "$out"
failed=0
if [[ " $* " == *" --dry-run "* ]]; then # a CPU may take its time
    seconds_in_all=3600 seconds_each=900
fi

part() { # NAME SECONDS COMMAND...: one part does not stop the next
    local name=$1 limit=$2 began=$SECONDS
    shift 2
    echo "== $name"
    timeout --kill-after=10 "$limit" "$@" || {
        echo "$name failed with $?"
        failed=1
    }
    echo "== $name took $((SECONDS - began)) s"
}

everything() {
    mapfile -t tests < <(grep -rl --include='*.py' 'pytest\.mark\.gpu' tests)
    part tests "$seconds_each" "$python" -m pytest -q -p no:cacheprovider -W default -m gpu "${tests[@]}"
    part rates "$seconds_each" "$python" -m benchmarks.gpu_rates --out "$out/rates.json" "$@"
    left=$((seconds_in_all - SECONDS))
    part training "$left" "$python" -m benchmarks.gpu_training \
        --out "$out" --seconds $((left - 10)) "$@"
    echo "all of it took $SECONDS s"
    return $failed
}

everything "$@" 2>&1 | tee "$out/log.txt"
exit "${PIPESTATUS[0]}"
