/** How to use a served disk from the systems that people have. */
import { formatAddress } from './portal-option.ts';
import type { Address } from './portal-option.ts';

/** What the help is about. */
export interface AttachHelp {
  /** Where initiators reach the target. */
  readonly portal: Address;
  /** iSCSI name of the target. */
  readonly targetName: string;
  /** The LUN used in the examples. */
  readonly lun: number;
}

/** The URL of a LUN, as libiscsi and QEMU take it. */
export function lunUrl(portal: Address, targetName: string, lun: number): string {
  return `iscsi://${formatAddress(portal)}/${targetName}/${lun}`;
}

/** Commands that attach the disk, by system; several lines, the last without a line end. */
export function attachHelp({ portal, targetName, lun }: AttachHelp): string {
  const address = formatAddress(portal);
  const url = lunUrl(portal, targetName, lun);
  return `Linux (package open-iscsi, as root):
  iscsiadm -m discovery -t sendtargets -p ${address}
  iscsiadm -m node -T ${targetName} -p ${address} --login
  lsblk -S                     # the new disk; --logout in place of --login takes it away
Windows (PowerShell as administrator; in a window: iscsicpl.exe, Quick Connect):
  Start-Service MSiSCSI
  New-IscsiTargetPortal -TargetPortalAddress ${portal.host} -TargetPortalPortNumber ${portal.port}
  Connect-IscsiTarget -NodeAddress ${targetName}${iscsicli(portal, targetName)}
QEMU:
  qemu-system-x86_64 ... -device virtio-scsi-pci -device scsi-block,drive=d0 \\
    -drive if=none,id=d0,format=raw,file=${url}
  qemu-img convert -n -O raw disk.img ${url}
libiscsi (package libiscsi-bin):
  iscsi-ls -s iscsi://${address}
  iscsi-inq ${url}`;
}

/** The older tool; its quick form knows the standard port only. */
function iscsicli({ host, port }: Address, targetName: string): string {
  if (port !== 3260) return '';
  return `
  or: iscsicli QAddTargetPortal ${host}
      iscsicli QLoginTarget ${targetName}`;
}
