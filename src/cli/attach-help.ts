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
  /** Initiators have to prove themselves. */
  readonly chap?: boolean;
}

/** The URL of a LUN, as libiscsi and QEMU take it. */
export function lunUrl(portal: Address, targetName: string, lun: number): string {
  return `iscsi://${formatAddress(portal)}/${targetName}/${lun}`;
}

/** Commands that attach the disk, by system; several lines, the last without a line end. */
export function attachHelp({ portal, targetName, lun, chap = false }: AttachHelp): string {
  const address = formatAddress(portal);
  const url = lunUrl(portal, targetName, lun);
  const node = `iscsiadm -m node -T ${targetName} -p ${address}`;
  const openIscsi = ['authmethod -v CHAP', 'username -v NAME', 'password -v SECRET'].map(
    (setting) => `\n  ${node} -o update -n node.session.auth.${setting}`,
  );
  const windows = ' `\n    -AuthenticationType ONEWAYCHAP -ChapUsername NAME -ChapSecret SECRET';
  const libiscsi = '\n  export LIBISCSI_CHAP_USERNAME=NAME LIBISCSI_CHAP_PASSWORD=SECRET';
  const withChap = (text: string): string => (chap ? text : '');
  return `Linux (package open-iscsi, as root):
  iscsiadm -m discovery -t sendtargets -p ${address}${withChap(openIscsi.join(''))}
  ${node} --login
  lsblk -S                     # the new disk; --logout in place of --login takes it away
Windows (PowerShell as administrator; in a window: iscsicpl.exe, Quick Connect):
  Start-Service MSiSCSI
  New-IscsiTargetPortal -TargetPortalAddress ${portal.host} -TargetPortalPortNumber ${portal.port}
  Connect-IscsiTarget -NodeAddress ${targetName}${withChap(windows)}${iscsicli(portal, targetName, withChap(' NAME SECRET'))}
QEMU:${withChap(libiscsi)}
  qemu-system-x86_64 ... -device virtio-scsi-pci -device scsi-block,drive=d0 \\
    -drive if=none,id=d0,format=raw,file=${url}
  qemu-img convert -n -O raw image.raw ${url}
libiscsi (package libiscsi-bin):${withChap(libiscsi)}
  iscsi-ls -s iscsi://${address}
  iscsi-inq ${url}`;
}

/** The older tool; its quick form knows the standard port only. */
function iscsicli({ host, port }: Address, targetName: string, credentials: string): string {
  if (port !== 3260) return '';
  return `
  or: iscsicli QAddTargetPortal ${host}
      iscsicli QLoginTarget ${targetName}${credentials}`;
}
