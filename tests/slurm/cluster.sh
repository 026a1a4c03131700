#!/usr/bin/env bash
# A study shared by a job array of a real Slurm, whose tasks are killed and requeued half-way: its tables
# must be, byte by byte, those of a study trained in one go.
#
# Run as root: tests/slurm/cluster.sh [PROGRAM]        (default: target/debug/microlearners)
# Needs Slurm and MUNGE (Debian: apt-get install slurm-wlm munge), and says so and succeeds where they are
# not. The cluster is one of its own, of this machine alone: configuration, state, key, sockets and ports
# are in a temporary directory or free, whatever Slurm the machine may be part of is not touched, and
# nothing stays behind. KEEP=1 keeps the directory, with the logs.
set -euo pipefail

readonly TASKS=4
readonly NETWORKS=120 # 6 rules × 20 seeds
readonly EACH=$((NETWORKS / TASKS))
readonly REQUEUED=1 # the task that is requeued while it runs
readonly KILLED=2   # the task whose process is killed; it starts together with the other one

skip() {
    echo "slurm: skipped, $1"
    exit 0
}

for needed in slurmctld slurmd sbatch munged; do
    command -v "$needed" >/dev/null || skip "there is no $needed here (Debian: apt-get install slurm-wlm munge)"
done
[[ $EUID -eq 0 ]] || skip "a cluster of one's own needs root"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=$(realpath -m "${1:-$root/target/debug/microlearners}")
[[ -x $program ]] || {
    echo "slurm: there is no program $program; build it first" >&2
    exit 1
}

# Right below /tmp, because the path of a socket has room for some hundred characters only.
work=$(mktemp -d /tmp/slurm-test.XXXXXX)
# Every component of the way to MUNGE's socket must be passable for all, or munged refuses to start.
chmod 755 "$work"
# Blanks and quotes, which the job's script has to bring through sbatch and a shell.
readonly OUT="$work/what's found"
readonly PARTS="$OUT/networks/000"
readonly REFERENCE="$work/reference"
daemons=()
job=

# ---- the end, whatever happens ----

# Processes of this cluster: those that have a file open in its directory. The keepers of running tasks (slurmstepd) are
# no children of slurmd's and survive it, so that they are not found by descent.
left_processes() {
    find /proc/[0-9]*/fd -maxdepth 1 -lname "$work/*" 2>/dev/null | cut -d / -f 3 | sort -u |
        while read -r pid; do
            case $(cat "/proc/$pid/comm" 2>/dev/null) in
            slurm* | munged | "$(basename "$program" | head -c 15)") echo "$pid" ;;
            esac
        done
}

nothing_runs() {
    [[ -z $(left_processes) ]]
}

stop_cluster() {
    [[ ${#daemons[@]} -gt 0 ]] || return 0
    # Slurm itself ends the jobs best, if it still can.
    timeout 5 scancel --quiet --user=root >/dev/null 2>&1 || true
    for _ in {1..50}; do
        [[ -n $(timeout 5 squeue --noheader 2>/dev/null) ]] || break
        sleep 0.1
    done
    # The last one started first, so that slurmd can still say goodbye and all still have their MUNGE.
    for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do
        kill "${daemons[i]}" 2>/dev/null || true
        for _ in {1..50}; do
            kill -0 "${daemons[i]}" 2>/dev/null || break
            sleep 0.1
        done
    done
    daemons=()
    for pid in $(left_processes); do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

show_logs() {
    for log in "$work"/*.log "$OUT"/logs/*; do
        [[ -s $log ]] || continue
        echo "---- the end of $log"
        tail -n 25 "$log"
    done
    if [[ -n $job ]]; then
        echo "---- the job"
        timeout 5 scontrol --oneliner show job "$job" || true
    fi
}

end() {
    local code=$?
    set +e
    trap - EXIT
    trap '' INT TERM HUP # whoever is impatient must not stop the tidying up
    [[ $code -eq 0 ]] || show_logs >&2
    stop_cluster
    if [[ -n ${KEEP:-} ]]; then echo "slurm: kept $work" >&2; else rm -rf "$work"; fi
    exit "$code"
}
trap end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- checks ----

checks=0
# What becomes of waiting in vain. A machine on which no cluster starts cannot tell anything about ours.
give_up=fail

passed() {
    checks=$((checks + 1))
    echo "ok: $1"
}

fail() {
    echo "slurm: FAILED: $1" >&2
    exit 1
}

# check WHAT COMMAND...: the command succeeds.
check() {
    local what=$1
    shift
    "$@" || fail "not so: $what"
    passed "$what"
}

# wait_for SECONDS WHAT COMMAND...: the command succeeds in time.
wait_for() {
    local limit=$((SECONDS + $1)) seconds=$1 what=$2
    shift 2
    until "$@"; do
        ((SECONDS < limit)) || "$give_up" "waited $seconds s for this: $what"
        sleep 0.1
    done
}

# ---- the cluster ----

# The first of two neighbouring ports that nobody listens on, below those the system gives away itself.
free_ports() {
    local port
    for _ in {1..100}; do
        port=$((20000 + RANDOM % 10000))
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && ! (: <"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    fail "no free ports"
}

start() {
    local log=$1
    shift
    "$@" >>"$work/$log" 2>&1 &
    daemons+=($!)
}

start_cluster() {
    local host port
    host=$(hostname -s)
    port=$(free_ports)
    # cred_expire: also how long a requeued job waits before it starts again, two minutes unless told otherwise.
    # config_overrides: two processors, so that two tasks run at a time, on a machine that has only one, too.
    # MinJobAge: ended tasks can be asked about until the test is over.
    cat >"$work/slurm.conf" <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket,cred_expire=5
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=3600
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=test Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
    export SLURM_CONF="$work/slurm.conf"
    mkdir "$work/state" "$work/spool"
    (umask 077 && head -c 1024 /dev/urandom >"$work/munge.key")
    # In the foreground, so that their processes are known.
    start munged.log munged --foreground --socket="$work/munge.socket" --key-file="$work/munge.key" \
        --pid-file="$work/munged.pid" --log-file="$work/munge.log" --seed-file="$work/munge.seed"
    wait_for 20 "munged has a socket" test -S "$work/munge.socket"
    start daemons.log slurmctld -D
    start daemons.log slurmd -D
    wait_for 60 "the node of the cluster is idle" node_is_idle
}

node_is_idle() {
    [[ $(timeout 5 sinfo --noheader --format=%T 2>/dev/null || true) == idle ]]
}

# ---- the job and its files ----

# The states of the tasks, a line for each: its number and what it is doing.
states() {
    squeue --noheader --array --states=all --jobs="$job" --format="%K %T" 2>/dev/null || true
}

task_is() {
    states | grep -qx "$1 $2"
}

# field TASK NAME: what Slurm says of a task.
field() {
    scontrol --oneliner show job "${job}_$1" | tr ' ' '\n' | sed -n "s/^$2=//p"
}

# The files of a task's finished networks: of all, every fourth from its own number on.
parts_of() {
    local path number
    for path in "$PARTS"/*.part; do
        [[ -e $path ]] || continue
        number=${path##*/}
        if ((10#${number%.part} % TASKS == $1 - 1)); then echo "$path"; fi
    done
}

# Which files these are, and not only how they are called: one written anew is another.
fingerprint() {
    xargs -r -d '\n' stat --format='%i %Y %n'
}

has_some_parts() {
    [[ $(parts_of "$1" | wc -l) -ge 3 ]]
}

both_have_some_parts() {
    has_some_parts "$REQUEUED" && has_some_parts "$KILLED"
}

is_partly_done() {
    local there
    there=$(parts_of "$1" | wc -l)
    ((there > 0 && there < EACH))
}

# The process that trains a task's shard, as Slurm knows it.
process_of() {
    local pid
    for pid in $(scontrol listpids "$(field "$1" JobId)" | awk 'NR > 1 { print $1 }'); do
        if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- " --shard $1/$TASKS "; then
            echo "$pid"
            return
        fi
    done
    fail "Slurm knows of no process that trains shard $1/$TASKS"
}

all_are_completed() {
    local now
    now=$(states)
    if grep -qE 'FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY|HELD' <<<"$now"; then
        fail "a task ended otherwise than it should: ${now//$'\n'/, }"
    fi
    [[ $(grep -c ' COMPLETED$' <<<"$now") -eq $TASKS ]]
}

# ---- the test ----

# Not a job of the cluster the test may be running on.
unset "${!SLURM_@}" "${!SBATCH_@}"

"$program" design moving --seeds $((NETWORKS / 6)) --out "$work/study.toml" >/dev/null
# Data that need no file, and so many epochs that a task takes several seconds.
sed -i -e 's/^dataset = .*/dataset = "synthetic"/' -e 's/^probe_stimuli = .*/probe_stimuli = 100/' \
    -e 's/^epochs = .*/epochs = 60/' "$work/study.toml"
for line in 'dataset = "synthetic"' 'probe_stimuli = 100' 'epochs = 60'; do
    grep -qxF "$line" "$work/study.toml" || fail "the study's file has another format: no $line"
done

"$program" train "$work/study.toml" --out "$REFERENCE" --quiet >/dev/null
give_up=skip
start_cluster
give_up=fail

said=$("$program" slurm "$work/study.toml" --out "$OUT" --array "$TASKS" --cpus 1 --sbatch --time=00:10:00 --submit)
[[ $said =~ ^Submitted\ batch\ job\ ([0-9]+)$ ]] || fail "not what sbatch says: $said"
job=${BASH_REMATCH[1]}
passed "the array is submitted: job $job"
check "the line for sbatch has arrived" test "$(field "$KILLED" TimeLimit)" = 00:10:00

wait_for 60 "tasks $REQUEUED and $KILLED have finished some networks" both_have_some_parts
before=() # by task, what it had finished when it was interrupted
# One task loses its place while it runs …
task_is "$REQUEUED" RUNNING || fail "task $REQUEUED is over already; give it more to do"
before[REQUEUED]=$(parts_of "$REQUEUED" | fingerprint)
scontrol requeue "${job}_$REQUEUED"
# … and the process of another one dies, without a chance to tidy up, as when the memory is full.
process=$(process_of "$KILLED")
kill -KILL "$process"
wait_for 30 "task $KILLED has failed" task_is "$KILLED" FAILED
before[KILLED]=$(parts_of "$KILLED" | fingerprint)
check "task $REQUEUED was requeued in the middle" is_partly_done "$REQUEUED"
check "task $KILLED was killed in the middle" is_partly_done "$KILLED"
check "Slurm saw it die of signal 9" test "$(field "$KILLED" ExitCode)" = 0:9
code=0
"$program" status "$OUT" >/dev/null || code=$?
check "status says, by its exit code, that the study is not complete" test "$code" -eq 3
scontrol requeue "${job}_$KILLED"

wait_for 300 "all tasks are completed" all_are_completed
passed "all $TASKS tasks are completed"
for task in $REQUEUED $KILLED; do
    check "task $task was started twice" test "$(field "$task" Restarts)" = 1
done
check "the second run of task $REQUEUED continues the log of the first" \
    grep -q 'DUE TO JOB REQUEUE' "$OUT/logs/${job}_$REQUEUED.txt"
for task in $(seq "$TASKS"); do
    check "task $task says in its log how far the study is" \
        grep -q "of $NETWORKS networks finished" "$OUT/logs/${job}_$task.txt"
done

status=$("$program" status "$OUT" --json) || fail "status ends with an error: $status"
check "status says that the study is complete" grep -qF '"complete":true' <<<"$status"
check "no file is damaged" grep -qF '"damaged":[]' <<<"$status"
merged=$("$program" merge "$OUT" --json) || fail "merge ends with an error: $merged"
check "merge succeeds, and the tables are there" grep -qF '"tables":true' <<<"$merged"
for table in observations histories networks; do
    check "the $table are those of the reference" cmp "$REFERENCE/tables/$table.parquet" "$OUT/tables/$table.parquet"
done
check "every network has one part" diff <(seq -f %07g.part 0 $((NETWORKS - 1))) \
    <(find "$OUT/networks" -type f -name '*.part*' -printf '%f\n' | sort)
for task in $REQUEUED $KILLED; do
    check "what task $task finished before was not trained again ($(wc -l <<<"${before[task]}") networks)" \
        diff <(echo "${before[task]}") <(cut -d ' ' -f 3- <<<"${before[task]}" | fingerprint)
done
unfinished=$(find "$OUT" -name '.unfinished-*')
[[ -z $unfinished ]] || fail "a writer that was killed left behind: $unfinished"
passed "nothing unfinished is left"

stop_cluster
wait_for 10 "no process of the cluster is left" nothing_runs
passed "no process of the cluster is left"
echo "slurm: $checks checks passed"
