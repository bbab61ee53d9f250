/** The lines of WinSpd's debug log. */
import { STATUS } from '../src/scsi/status.ts';
import { describeSense } from '../src/sense/text.ts';
import type { StorageUnitStatus } from './protocol/storage-unit-status.ts';
import type { TransactRequest } from './protocol/transact.ts';

/** A 64-bit number as WinSpd writes it: the high and the low half in hexadecimal. */
export function hiLo(value: number): string {
  const low = (value % 2 ** 32).toString(16).padStart(8, '0');
  return `${Math.floor(value / 2 ** 32).toString(16)}:${low}`;
}

/** A request in one line: `>>Read  BlockAddress=0:00000007, BlockCount=5, FUA=1`. */
export function requestLine(request: TransactRequest): string {
  switch (request.kind) {
    case 'Read':
    case 'Write':
      return `>>${request.kind.padEnd(5)} ${rangeText(request)}, FUA=${Number(request.forceUnitAccess)}`;
    case 'Flush':
      return `>>Flush ${rangeText(request)}`;
    case 'Unmap':
      return `>>Unmap Count=${request.count}`;
    case 'Unknown':
      return `>>INVALID Kind=${request.code}`;
  }
}

/** The end of a request in one line: `<<Read  Status=GOOD`. */
export function responseLine(request: TransactRequest, status: StorageUnitStatus): string {
  const kind = request.kind === 'Unknown' ? 'INVALID' : request.kind.padEnd(5);
  return `<<${kind} Status=${statusText(status)}`;
}

function rangeText(range: { readonly blockAddress: number; readonly blockCount: number }): string {
  return `BlockAddress=${hiLo(range.blockAddress)}, BlockCount=${range.blockCount}`;
}

function statusText(status: StorageUnitStatus): string {
  const { scsiStatus, senseKey: key, asc, ascq, information, informationValid } = status;
  const name = Object.entries(STATUS).find(([, value]) => value === scsiStatus)?.[0];
  const text = name ?? `${scsiStatus.toString(16).padStart(2, '0')}h`;
  if (scsiStatus === STATUS.GOOD) return text;
  const where = informationValid ? `, Information=${hiLo(information)}` : '';
  return `${text} (${describeSense({ key, asc, ascq })}${where})`;
}
