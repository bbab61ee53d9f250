# Two paths to two disks by Linux's own initiator, and every tool of sg3-utils that a disk has answers for.
start_iscsid

# paths_found: discovery lists both portals, each with the tag of its group
paths_found() {
  found=$(iscsiadm -m discovery -t sendtargets -p "10.0.2.2:$PORT_1" -o nonpersistent) || return 1
  echo "$found"
  echo "$found" | grep -q ":$PORT_1,1 $NAME" && echo "$found" | grep -q ":$PORT_2,2 $NAME"
}

# log_in PORT TAG: discovery says 127.0.0.1, which is another machine here
log_in() {
  set -- "10.0.2.2:$1,$2"
  iscsiadm -m node -o new -T "$NAME" -p "$1" && iscsiadm -m node -T "$NAME" -p "$1" --login
}

# disk_of SESSION LUN: the kernel's name; disks are probed side by side, so it is not the same each time
disk_of() {
  ls /sys/class/iscsi_session/session$1/device/target*/*:$2/block 2>/dev/null
}

# has_disks SESSION
has_disks() {
  test -n "$(disk_of $1 0)" && test -n "$(disk_of $1 1)"
}

# says PATTERN COMMAND…: succeeds and prints a line like that
says() {
  pattern=$1
  shift
  "$@" >/tmp/output 2>&1
  status=$?
  cat /tmp/output
  [ $status = 0 ] && grep -qiE -- "$pattern" /tmp/output
}

# complaints: what the tools say when they cannot make sense of an answer
complaints() {
  grep -iE 'truncat|too short|too long|unexpected|illegal|invalid|malformed|bad |not supported by|unable|unrecogni|failed|in hex|wrong|\?\?' /tmp/output
}

# decodes COMMAND…: succeeds, and the tool knows what to make of all that it got
decodes() {
  "$@" >/tmp/output 2>&1
  status=$?
  cat /tmp/output
  [ $status = 0 ] && ! complaints
}

# decodes_logs: the same for all log pages. Page 0Fh is bytes of applications: the tool shows the first.
decodes_logs() {
  sg_logs -a $d >/tmp/output 2>&1 || return 1
  cat /tmp/output
  ! complaints | grep -v 'truncated after 64 of'
}

# refused STATUS COMMAND…: ends with just that exit status
refused() {
  wanted=$1
  shift
  "$@"
  status=$?
  echo "exit $status"
  [ $status = "$wanted" ]
}

# naa_of DEVICE: the name that tells disks apart
naa_of() {
  sg_vpd -p di "$1" | grep -oE '0x[0-9a-f]{16,32}' | head -n 1
}

# block NUMBER FILE: reads one around the kernel's cache
block() {
  dd if=/dev/$disk of="$2" bs=512 skip="$1" count=1 iflag=direct 2>/dev/null
}

# holds NUMBER FILE: the block has what the file has
holds() {
  block "$1" /tmp/block && cmp /tmp/block "$2"
}

check iscsid wait_for 50 iscsiadm -m iface
check discovery paths_found
check login log_in "$PORT_1" 1
check login-second-path log_in "$PORT_2" 2
check attach wait_for 100 has_disks 1
check attach-second-path wait_for 100 has_disks 2
disk=$(disk_of 1 0)
other_path=/dev/$(disk_of 2 0)
other_disk=/dev/$(disk_of 1 1)
disk_facts "$disk"
fact name-1 "$(naa_of /dev/$disk)"
fact name-2 "$(naa_of $other_path)"
d=/dev/$disk

dd if=/dev/zero bs=512 count=1 2>/dev/null | tr '\0' '\377' >/tmp/ones
dd if=/dev/zero bs=512 count=1 2>/dev/null >/tmp/zeros
head -c 512 /guest.sh >/tmp/some
cat /tmp/some /tmp/zeros >/tmp/some-zeros

check turs sg_turs -n 10 $d
check inq decodes sg_inq $d
check readcap says 'Last LBA=131071' sg_readcap -l $d
check vpd decodes sg_vpd -a $d
check modes decodes sg_modes -a $d
check modes-6 decodes sg_modes -a -6 $d
check logs decodes_logs
check opcodes says 'Extended copy' sg_opcodes $d
check opcodes-timeouts decodes sg_opcodes -R $d
check opcodes-tmf says 'Logical unit reset' sg_opcodes -t $d
check requests says 'No Sense' sg_requests $d
check timestamp says '^1[0-9]{12}$' sg_timestamp $d
check timestamp-set sg_timestamp --milliseconds=1000000000000 $d
check timestamp-unit-attention refused 6 sg_turs $other_path
check timestamp-is-set says '^10000000[0-9]{5}$' sg_timestamp $d
check senddiag sg_senddiag --test $d
check senddiag-short sg_senddiag --selftest=1 $d
check senddiag-log says 'short' sg_logs -p 0x10 $d
check senddiag-list decodes sg_senddiag --list $d

check write-same sg_write_same --10 --lba=8 --num=64 --in=/tmp/some $d
check write-same-written holds 71 /tmp/some
check write-same-16 sg_write_same --16 --lba=8 --num=8 --ff $d
check write-same-16-written holds 15 /tmp/ones
check get-lba-status says 'mapped' sg_get_lba_status --lba=8 $d
check unmap sg_unmap --force --lba=16 --num=8 $d
check unmap-reads-zeros holds 16 /tmp/zeros
check unmap-leaves-the-next holds 24 /tmp/some
check write-same-granule sg_write_same --10 --lba=256 --num=256 --in=/tmp/some $d
check unmap-granule sg_unmap --force --lba=256 --num=128 $d
check get-lba-status-unmapped says 'LBA: 0x0+100 .*(deallocated|unmapped)' sg_get_lba_status --lba=256 $d
check get-lba-status-next says 'LBA: 0x0+180 .*mapped' sg_get_lba_status --lba=384 $d
check write-same-unmap sg_write_same --16 --unmap --lba=32 --num=8 $d
check write-same-unmap-reads-zeros holds 39 /tmp/zeros
# The 32-byte form is for protection of type 2.
check write-same-32-is-not-there refused 9 sg_write_same --32 --lba=40 --num=8 --ff $d
check get-lba-status-32 says 'mapped' sg_get_lba_status --32 --lba=40 $d

check verify sg_verify --lba=0 --count=1000 $d
check verify-same sg_verify --16 --lba=24 --count=1 --ndo=512 --in=/tmp/some $d
check verify-each sg_verify --16 --lba=48 --count=16 --ebytchk=3 --ndo=512 --in=/tmp/some $d
check verify-other refused 14 sg_verify --16 --lba=24 --count=1 --ndo=512 --in=/tmp/ones $d
check compare-and-write sg_compare_and_write --in=/tmp/some-zeros --lba=24 $d
check compare-and-write-written holds 24 /tmp/zeros
check compare-and-write-miscompare refused 14 sg_compare_and_write --in=/tmp/some-zeros --lba=24 $d

# Where udev would put it; the tool looks for disks there.
mkdir -p /dev/block
for path in /sys/dev/block/8:*; do ln -s "/dev/$(basename "$(readlink -f "$path")")" "/dev/block/${path##*/}"; done
check xcopy sg_xcopy if=$d of=$other_disk bs=512 skip=48 seek=100 count=16 id_usage=discard
disk=${other_disk#/dev/}
check xcopy-copied holds 115 /tmp/some
disk=${d#/dev/}
check copy-results says 'maximum' sg_copy_results --params $d

check rtpg says 'active/optimized' sg_rtpg -d $d
check rtpg-extended says 'transition time' sg_rtpg -e -d $d

check persist-register sg_persist --out --register --param-sark=a1 $d
check persist-register-second sg_persist --out --register --param-sark=b2 $other_path
check persist-keys says '0xb2' sg_persist --in --read-keys $d
check persist-reserve sg_persist --out --reserve --param-rk=a1 --prout-type=3 $d
check persist-reservation says 'Exclusive Access$' sg_persist --in --read-reservation $other_path
check persist-conflict refused 24 sg_write_same --10 --lba=8 --num=8 --ff $other_path
check persist-full-status says 'reservation holder' sg_persist --in --read-full-status $d
check persist-capabilities decodes sg_persist --in --report-capabilities $d
check persist-preempt sg_persist --out --preempt --param-rk=b2 --param-sark=a1 --prout-type=3 $other_path
check persist-preempted says '0xb2' sg_persist --in --read-reservation $other_path
check persist-unit-attention refused 6 sg_turs $d
check persist-conflict-first refused 24 sg_write_same --10 --lba=8 --num=8 --ff $d
check persist-writes-second sg_write_same --10 --lba=8 --num=8 --ff $other_path
check persist-release sg_persist --out --release --param-rk=b2 --prout-type=3 $other_path
check persist-clear sg_persist --out --clear --param-rk=b2 $other_path
check persist-none says 'no registered' sg_persist --in --read-keys $d

check format sg_format --format --quick --wait $d
check format-zeros holds 24 /tmp/zeros
sg_write_same --10 --lba=24 --num=1 --ff $d
check sanitize sg_sanitize --overwrite --zero --quick --wait $d
check sanitize-zeros holds 24 /tmp/zeros
check sanitize-block sg_sanitize --block --quick --wait $d
check sanitize-crypto sg_sanitize --crypto --quick --wait $d

check no-disk-errors no_disk_errors
check logout iscsiadm -m node --logoutall=all
kill %1
