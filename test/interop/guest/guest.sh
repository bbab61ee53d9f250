# What a scenario can call. Each line that begins with PASS, FAIL or FACT is read by the test.
failures=0

# fact NAME VALUE…: something that the test compares.
fact() {
  name=$1
  shift
  echo "FACT $name=$*"
}

# check NAME COMMAND…: passes when the command does. Its output is shown when it does not.
check() {
  name=$1
  shift
  if "$@" >/tmp/said 2>&1; then
    echo "PASS $name"
  else
    echo "FAIL $name: exit $?"
    failures=$((failures + 1))
    sed 's/^/  | /' /tmp/said
  fi
}

# disk_facts NAME: what the kernel has learnt about a disk.
disk_facts() {
  for name in device/vendor device/model size ro queue/logical_block_size \
    queue/physical_block_size queue/discard_granularity queue/discard_max_bytes queue/write_cache; do
    fact "$name" "$(cat "/sys/block/$1/$name")"
  done
}

# discards NAME: how many discards the kernel has sent to a disk.
discards() {
  awk '{ print $12 }' "/sys/block/$1/stat"
}

# wait_for SECONDS COMMAND…: until the command succeeds.
wait_for() {
  tries=$(($1 * 10))
  shift
  until "$@"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.1
  done
}

# sum_of FILE…: MD5 over (SHA-256 was most of the time that an emulated machine took)
sum_of() {
  echo 3 >/proc/sys/vm/drop_caches
  cat "$@" | md5sum | cut -d ' ' -f 1
}

# same A B
same() {
  echo "$1 is not $2"
  [ "$1" = "$2" ]
}

# What the kernel says when a disk misbehaves, or claims what it does not do. ("Power-on or device
# reset occurred" is no error: the virtual bus begins with a reset.)
no_disk_errors() {
  ! dmesg | grep -iE 'sense key|i/o error|add\. sense|critical .* error|ext4-fs (error|warning)|jbd2.*error|timed out|timing out|rejecting|hung task|call trace|bad (block|sector)|unaligned|cache data failed|assuming drive cache'
}

# start_iscsid: a network, in which the machine around the guest is 10.0.2.2, and Linux's initiator
start_iscsid() {
  ip link set lo up
  ip link set eth0 up
  ip addr add 10.0.2.15/24 dev eth0
  # iscsid asks who talks to it.
  echo 'root:x:0:0::/:/bin/sh' >/etc/passwd
  mkdir -p /run/lock/iscsi /etc/iscsi
  echo 'InitiatorName=iqn.2026-11.org.example:guest' >/etc/iscsi/initiatorname.iscsi
  echo 'iscsid.startup = /bin/true' >/etc/iscsi/iscsid.conf
  iscsid -f >/tmp/iscsid 2>&1 &
}

# copy FIRST LAST: files of a mebibyte, each the seed turned by another, odd amount
copy() {
  file=$1
  while [ $file -lt $2 ]; do
    turn=$((file * 1009))
    { tail -c +$((turn + 1)) /seed && head -c $turn /seed; } >/mnt/$((100 + file)) || return 1
    file=$((file + 1))
  done
  sync
}
