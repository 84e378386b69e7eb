#!/usr/bin/env bash
# A Spark cluster on this machine: a master and two workers of one core each on 127.0.0.1.
#
#   standalone.sh start DIR [PORT]    starts it; logs and process ids go to DIR; the master is spark://127.0.0.1:PORT (7077)
#   standalone.sh stop DIR            ends it
#
# Needs Java 17 and a Spark: SPARK_HOME, else that of the pyspark which python3 (or PYSPARK_PYTHON) imports.
set -euo pipefail
[ $# -ge 2 ] || { sed -n 's/^# \{0,1\}//p' "$0" | sed 1d; exit 2; }
what=$1 dir=$2 port=${3:-7077}
spark=${SPARK_HOME:-$("${PYSPARK_PYTHON:-python3}" -c 'import pyspark; print(pyspark.__path__[0])')}
mkdir -p "$dir"

# In a session of its own and with its output in a file: a process that is left behind holds no pipe of its caller.
launch() {
    local name=$1
    shift
    SPARK_HOME=$spark SPARK_LOCAL_IP=127.0.0.1 setsid "$spark/bin/spark-class" "$@" </dev/null >"$dir/$name.log" 2>&1 &
    echo $! >"$dir/$name.pid"
}

# Waits until a log says something.
await() {
    for _ in $(seq 600); do
        grep -q "$2" "$dir/$1.log" 2>/dev/null && return
        sleep 0.2
    done
    echo "$1 did not start in two minutes; its log is $dir/$1.log" >&2
    exit 1
}

case $what in
start)
    launch master org.apache.spark.deploy.master.Master --host 127.0.0.1 --port "$port" --webui-port 0
    await master 'I have been elected leader'
    for n in 1 2; do
        launch "worker$n" org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --cores 1 --memory 1g --webui-port 0 \
            --work-dir "$dir/work$n" "spark://127.0.0.1:$port"
    done
    for n in 1 2; do await "worker$n" 'Successfully registered with master'; done
    echo "spark://127.0.0.1:$port"
    ;;
stop)
    for pid in "$dir"/*.pid; do
        # A session leader's group holds its executors too.
        kill -- "-$(cat "$pid")" 2>/dev/null || true
        rm -f "$pid"
    done
    ;;
*) exec "$0" ;;
esac
