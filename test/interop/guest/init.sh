#!/bin/busybox sh
# The guest's first process: sets up the little that a shell script needs, runs the scenario, powers off.
/bin/busybox --install -s /bin
export PATH=/opt/bin:/bin LD_LIBRARY_PATH=/lib
mkdir -p /proc /sys /dev /tmp /etc /mnt /run
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
ln -s /proc/mounts /etc/mtab

. /guest.sh
. /variables
while read -r module; do
  insmod "/modules/$module.ko" || fact "module-$module" "not loaded"
done </modules/order

. /scenario.sh
echo "END $failures"
poweroff -f
