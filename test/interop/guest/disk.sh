# A new disk: a file system on it, 100 MB through it, half of it given back.
check attach wait_for 10 test -b /dev/sda
disk_facts sda

check mkfs mkfs.ext4 -E discard /dev/sda
after_mkfs=$(discards sda)
check mkfs-discards test "$after_mkfs" -gt 0
check mount mount -t ext4 -o discard /dev/sda /mnt

# 100 files of 1 MiB, each the seed turned by another, odd amount: no two blocks of all are the same.
write_files() {
  file=100
  while [ $file -lt 200 ]; do
    turn=$(((file - 100) * 1009))
    { tail -c +$((turn + 1)) /seed && head -c $turn /seed; } >/mnt/$file || return 1
    file=$((file + 1))
  done
  sync
}
check write write_files
check read same "$(sum_of /mnt/1*)" "$ALL_FILES"
check read-again same "$(sum_of /mnt/1*)" "$ALL_FILES"

check delete-half rm /mnt/1?[13579]
sync
check fstrim fstrim -v /mnt
check fstrim-discards test "$(discards sda)" -gt "$after_mkfs"
check read-other-half same "$(sum_of /mnt/1*)" "$EVEN_FILES"

check umount umount /mnt
check fsck fsck.ext4 -fn /dev/sda
check no-disk-errors no_disk_errors
