# A file system over two paths that dm-multipath makes one of, of which one goes for good.
start_iscsid

# log_in PORT
log_in() {
  iscsiadm -m node -o new -T "$NAME" -p "10.0.2.2:$1" &&
    iscsiadm -m node -T "$NAME" -p "10.0.2.2:$1" -o update -n node.session.timeo.replacement_timeout -v 2 &&
    iscsiadm -m node -T "$NAME" -p "10.0.2.2:$1" --login
}

# disk_of SESSION: the kernel's name
disk_of() {
  ls /sys/class/iscsi_session/session$1/device/target*/*:0/block 2>/dev/null
}

has_disk() {
  test -n "$(disk_of $1)"
}

number_of() {
  cat "/sys/block/$(disk_of $1)/dev"
}

# What multipathd would set up: two groups of one path each.
join_paths() {
  paths="round-robin 0 1 1 $(number_of 1) 1 round-robin 0 1 1 $(number_of 2) 1"
  dmsetup --noudevsync --noudevrules create paths --table \
    "0 $(cat "/sys/block/$(disk_of 1)/size") multipath 1 queue_if_no_path 0 2 1 $paths"
}

# path_is STATE SESSION: A active, F failed
path_is() {
  dmsetup status paths
  dmsetup status paths | grep -q "$(number_of $2) $1 "
}

no_file_system_errors() {
  ! dmesg | grep -iE 'ext4-fs (error|warning)|jbd2.*error|buffer i/o error|hung task|call trace'
}

check login log_in "$PORT_1"
check login-second-path log_in "$PORT_2"
check attach wait_for 100 has_disk 1
check attach-second-path wait_for 100 has_disk 2
check multipath join_paths
check first-path-active path_is A 1
check mkfs mkfs.ext4 /dev/dm-0
check mount mount -t ext4 /dev/dm-0 /mnt
check copy copy 0 60
check first-path-failed path_is F 1
check second-path-active path_is A 2
check read same "$(sum_of /mnt/1*)" "$ALL_FILES"
check umount umount /mnt
check fsck fsck.ext4 -fn /dev/dm-0
check no-file-system-errors no_file_system_errors
kill %1
