#!/bin/bash
# Slurm on one node: all of its daemons in namespaces of their own (mount, network, PIDs, host name), ended together.
# Its energy counter is a file in the place of a Cray's; what a job adds to it is what the job drew.
# Usage: unshare --mount --net --uts --pid --fork --mount-proc --kill-child node.sh FOLDER; says "ready" once it answers.
set -eu
folder=$1
umask 022

wait_for() { # a name for the sentence, then the condition
    local what=$1
    shift
    for _ in $(seq 200); do
        "$@" && return
        sleep 0.1
    done
    echo "$what did not come up"
    exit 1
}
answers() { sinfo --noheader --format=%T 2>/dev/null | grep -q idle; }

hostname gpu1
ip link set lo up
ip addr add 10.99.99.1/24 dev lo # getaddrinfo gives a host of 127.* alone no address
mkdir "$folder"/{sys,db,state,spool,log}
mount -t tmpfs none "$folder/sys" # sysfs takes no folder: the same with one more
for part in /sys/*; do
    mkdir "$folder/sys/${part##*/}"
    mount --rbind "$part" "$folder/sys/${part##*/}"
done
mkdir -p "$folder/sys/cray/pm_counters"
mount --rbind "$folder/sys" /sys
echo "1000000 J" >/sys/cray/pm_counters/energy
echo "500 W" >/sys/cray/pm_counters/power
mount -t tmpfs none /run
mkdir /run/munge /run/mysqld
ln -s "$folder/db.sock" /run/mysqld/mysqld.sock # where the client library looks

mariadbd --no-defaults --user=root --datadir="$folder/db" --socket="$folder/db.sock" --skip-networking \
    --skip-grant-tables --innodb-flush-log-at-trx-commit=0 >"$folder/log/mariadbd" 2>&1 &
head -c 128 /dev/urandom >"$folder/key"
chmod 400 "$folder/key"
munged --force --foreground --key-file="$folder/key" --socket=/run/munge/munge.socket.2 --pid-file=/run/munge/pid \
    --seed-file="$folder/seed" >"$folder/log/munged" 2>&1 &

cat >"$folder/slurmdbd.conf" <<END
AuthType=auth/munge
DbdHost=localhost
DbdAddr=10.99.99.1
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
PidFile=$folder/slurmdbd.pid
LogFile=$folder/log/slurmdbd
END
chmod 600 "$folder/slurmdbd.conf"
echo "CgroupPlugin=cgroup/v1" >"$folder/cgroup.conf"
cat >"$folder/slurm.conf" <<END
ClusterName=alpha
SlurmctldHost=gpu1(10.99.99.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_min_interval=0,sched_interval=1
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1,energy=1
AcctGatherEnergyType=acct_gather_energy/pm_counters
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
NodeName=gpu1 NodeAddr=10.99.99.1 CPUs=2
PartitionName=all Nodes=ALL Default=YES
END
export SLURM_CONF=$folder/slurm.conf
wait_for mariadbd test -S "$folder/db.sock"
wait_for munged test -S /run/munge/munge.socket.2
slurmdbd -D >"$folder/log/slurmdbd.out" 2>&1 &
wait_for slurmdbd grep -qs started "$folder/log/slurmdbd"
slurmctld -D >"$folder/log/slurmctld.out" 2>&1 &
slurmd -D >"$folder/log/slurmd.out" 2>&1 &
wait_for "the node" answers
echo ready
wait
