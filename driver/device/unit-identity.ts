/** Who a unit of the miniport is: what VPD pages 80h and 83h of the miniport say. */
import { getAscii, getU16, getU32 } from '../../src/bytes.ts';
import { encodeCdb } from '../../src/cdb/index.ts';
import { parseGuid } from '../protocol/guid.ts';
import type { PassThroughCommand, PassThroughResult } from './pass-through.ts';

/** Who a unit is. */
export interface UnitIdentity {
  /** Its GUID. */
  readonly guid: string;
  /** The process that it belongs to; `undefined`: it does not say. */
  readonly processId: number | undefined;
}

/** The miniport takes no buffer that is shorter than its answer. */
const ROOM = 255;
const PAGE_AT = 4;
const GUID_LENGTH = 36;
const DESIGNATOR_HEADER = 4;
const PID_LENGTH = 8;
const PID = 'PID';

/**
 * Asks a unit who it is.
 *
 * @returns `undefined` - it is no unit of WinSpd.
 */
export async function unitIdentity(
  execute: (command: PassThroughCommand) => Promise<PassThroughResult>,
): Promise<UnitIdentity | undefined> {
  const page = async (pageCode: number): Promise<Uint8Array> => {
    const cdb = encodeCdb({ op: 'INQUIRY', evpd: true, pageCode, allocationLength: ROOM });
    return (await execute({ cdb, dataInLength: ROOM })).data;
  };
  const serial = await page(0x80);
  const guid = parseGuid(getAscii(serial, PAGE_AT, GUID_LENGTH));
  return guid === undefined ? undefined : { guid, processId: processIdIn(await page(0x83)) };
}

/** In a designator of eight bytes: `PID`, a letter that says whether Explorer offers Eject, the number. */
function processIdIn(page: Uint8Array): number | undefined {
  const end = Math.min(page.length, PAGE_AT + getU16(page, 2));
  for (let at = PAGE_AT; at + DESIGNATOR_HEADER <= end;) {
    const length = page[at + 3] ?? 0;
    const value = page.subarray(at + DESIGNATOR_HEADER, at + DESIGNATOR_HEADER + length);
    if (value.length === PID_LENGTH && getAscii(value, 0, PID.length) === PID)
      return getU32(value, PID.length + 1);
    at += DESIGNATOR_HEADER + length;
  }
  return undefined;
}
