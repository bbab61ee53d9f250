/** The miniport that a command is about, and units as they are written. */
import {
  formatBtl,
  openMiniport,
  parseGuid,
  WinSpdError,
  type Miniport,
} from '../../../driver/index.ts';
import { CommandError, UsageError } from '../errors.ts';
import { messageOf } from '../open-disk.ts';
import type { TextOutput } from '../terminal.ts';

/** What the commands for the miniport are given. */
export interface MiniportSurroundings {
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /** Opens the miniport. Default: that of this Windows. */
  readonly open?: (device?: string) => Promise<Miniport>;
}

/**
 * Does something with the miniport, and closes it.
 *
 * @throws CommandError - it cannot be opened, or a call of it failed.
 */
export async function withMiniport<T>(
  { open = openMiniport }: Pick<MiniportSurroundings, 'open'>,
  device: string | undefined,
  use: (miniport: Miniport) => Promise<T>,
): Promise<T> {
  try {
    await using miniport = await open(device);
    return await use(miniport);
  } catch (error) {
    if (!(error instanceof WinSpdError)) throw error;
    throw new CommandError(messageOf(error), { cause: error });
  }
}

/** A unit, and who it is. */
export interface ListedUnit {
  readonly btl: number;
  readonly guid: string | undefined;
  readonly processId: number | undefined;
}

/** All units of a miniport. */
export async function listUnits(miniport: Miniport): Promise<readonly ListedUnit[]> {
  const units: ListedUnit[] = [];
  for (const btl of await miniport.list()) {
    // A unit may go while it is asked.
    const identity = await miniport.identity(btl).catch(() => undefined);
    units.push({ btl, guid: identity?.guid, processId: identity?.processId });
  }
  return units;
}

/** A unit by its GUID or by its address, whichever is there. @throws UsageError - it is neither */
export function parseUnit(guid: string | undefined, btl: string | undefined): UnitName {
  if ((guid === undefined) === (btl === undefined))
    throw new UsageError('one of GUID and --btl says which unit');
  const parsed = guid === undefined ? undefined : parseGuid(guid);
  if (guid !== undefined && parsed === undefined) throw new UsageError(`'${guid}' is not a GUID`);
  const parts =
    /^(\d{1,3}):(\d{1,3}):(\d{1,3})$/
      .exec(btl ?? '0:0:0')
      ?.slice(1)
      .map(Number) ?? [];
  const [bus = 256, target = 256, lun = 256] = parts;
  if (Math.max(bus, target, lun) > 255)
    throw new UsageError(`--btl '${btl}' is not BUS:TARGET:LUN, as 0:1:0`);
  return parsed === undefined ? { btl: (bus << 16) | (target << 8) | lun } : { guid: parsed };
}

/** What a unit is called. */
export type UnitName = { readonly guid: string } | { readonly btl: number };

/** A unit's name for people. */
export function unitText(name: UnitName): string {
  return 'guid' in name ? name.guid : formatBtl(name.btl);
}
