# A file system over iSCSI with mutual CHAP and digests, while the connection is cut and the target restarted.
start_iscsid
portal="10.0.2.2:$PORT"

found() {
  iscsiadm -m discovery -t sendtargets -p "$portal" -o nonpersistent | grep "$NAME"
}

# setting NAME VALUE
setting() {
  iscsiadm -m node -T "$NAME" -p "$portal" -o update -n "$1" -v "$2"
}

log_in() {
  iscsiadm -m node -o new -T "$NAME" -p "$portal" &&
    setting node.session.auth.authmethod CHAP &&
    setting node.session.auth.username alice &&
    setting node.session.auth.password "$SECRET" &&
    setting node.session.auth.username_in disk &&
    setting node.session.auth.password_in "$TARGET_SECRET" &&
    setting 'node.conn[0].iscsi.HeaderDigest' CRC32C &&
    setting 'node.conn[0].iscsi.DataDigest' CRC32C &&
    iscsiadm -m node -T "$NAME" -p "$portal" --login
}

session_says() {
  iscsiadm -m session -P 3 >/tmp/session || return 1
  cat /tmp/session
  grep -qE "$1" /tmp/session
}

# disk_of: the kernel's name
disk_of() {
  ls /sys/class/iscsi_session/session1/device/target*/*:0/block 2>/dev/null
}

has_disk() {
  test -n "$(disk_of)"
}

statistics() {
  iscsiadm -m session -s >/tmp/statistics || return 1
  cat /tmp/statistics
  grep -qE 'digest_err: 0' /tmp/statistics && grep -qE 'scsicmd_pdus: [1-9]' /tmp/statistics
}

no_io_errors() {
  ! dmesg | grep -iE 'i/o error|critical .* error|ext4-fs (error|warning)|jbd2.*error|rejecting|hung task|call trace'
}

check discovery found
check login log_in
check header-digest session_says 'HeaderDigest: CRC32C'
check data-digest session_says 'DataDigest: CRC32C'
check attach wait_for 100 has_disk
disk=/dev/$(disk_of)
check mkfs mkfs.ext4 $disk
check mount mount -t ext4 $disk /mnt
check copy copy 0 60
check read same "$(sum_of /mnt/1*)" "$ALL_FILES"
check statistics statistics
check still-logged-in session_says 'iSCSI Session State: LOGGED_IN'
check umount umount /mnt
check fsck fsck.ext4 -fn $disk
check no-io-errors no_io_errors
check logout iscsiadm -m node --logoutall=all
kill %1
