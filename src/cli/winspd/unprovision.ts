/** `scsi-target winspd unprovision`: takes a unit away from the miniport. */
import { WinSpdError } from '../../../driver/index.ts';
import { CommandError } from '../errors.ts';
import { writeLine } from '../terminal.ts';
import {
  listUnits,
  unitText,
  withMiniport,
  type MiniportSurroundings,
  type UnitName,
} from './miniport-option.ts';

const ACCESS_DENIED = 5;

/**
 * Takes a unit away. The miniport lets only the process do that which the unit belongs to; whose unit it
 * is the error says.
 *
 * @throws CommandError - there is no such unit, or it belongs to another process.
 */
export function unprovision(
  device: string | undefined,
  name: UnitName,
  surroundings: MiniportSurroundings,
): Promise<void> {
  return withMiniport(surroundings, device, async (miniport) => {
    const unit = (await listUnits(miniport)).find((each) =>
      'guid' in name ? each.guid === name.guid : each.btl === name.btl,
    );
    if (unit?.guid === undefined)
      throw new CommandError(`the miniport has no unit ${unitText(name)}: see winspd list`);
    try {
      await miniport.unprovision(unit.guid);
    } catch (error) {
      if (!(error instanceof WinSpdError) || error.win32 !== ACCESS_DENIED) throw error;
      const owner = unit.processId === undefined ? 'another process' : `process ${unit.processId}`;
      const message = `unit ${unitText(name)} belongs to ${owner}: it goes when that process ends`;
      throw new CommandError(message, { cause: error });
    }
    writeLine(surroundings.stdout, `${unitText(name)} is taken away`);
  });
}
