/** `scsi-target winspd list`: the units of the miniport. */
import { formatBtl } from '../../../driver/index.ts';
import { writeLine } from '../terminal.ts';
import { listUnits, withMiniport, type MiniportSurroundings } from './miniport-option.ts';

/** Writes a line for each unit: address, GUID, process, drive. @throws CommandError */
export function list(
  device: string | undefined,
  surroundings: MiniportSurroundings,
): Promise<void> {
  return withMiniport(surroundings, device, async (miniport) => {
    for (const { btl, guid, processId } of await listUnits(miniport)) {
      const drive = guid === undefined ? undefined : await miniport.physicalDrive(btl, guid);
      const parts = [
        formatBtl(btl),
        guid ?? '-',
        processId === undefined ? '-' : `process ${processId}`,
        drive === undefined ? 'not shown by Windows' : `\\\\.\\PhysicalDrive${drive}`,
      ];
      writeLine(surroundings.stdout, parts.join('  '));
    }
  });
}
