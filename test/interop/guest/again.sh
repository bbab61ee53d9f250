# A disk that was used before, behind a target that was restarted since.
check attach wait_for 10 test -b /dev/sda
disk_facts sda
check fsck fsck.ext4 -fn /dev/sda
check mount mount -t ext4 -o discard /dev/sda /mnt
check read-other-half same "$(sum_of /mnt/1*)" "$EVEN_FILES"
check umount umount /mnt
check no-disk-errors no_disk_errors
