/** Which commands may be sent again when nobody knows whether they were carried out. */
import { decodeCdb } from '../../cdb/index.ts';
import type { Request } from '../../cdb/index.ts';

/**
 * Commands of which two leave what one leaves, and say what one says: those that only ask, and those
 * that put given bytes into given blocks.
 */
const SAFE: ReadonlySet<string> = new Set<Request['op']>([
  'GET LBA STATUS',
  'INQUIRY',
  'LOG SENSE',
  'MODE SENSE',
  'PERSISTENT RESERVE IN, READ FULL STATUS',
  'PERSISTENT RESERVE IN, READ KEYS',
  'PERSISTENT RESERVE IN, READ RESERVATION',
  'PERSISTENT RESERVE IN, REPORT CAPABILITIES',
  'PRE-FETCH',
  'READ',
  'READ BUFFER',
  'READ CAPACITY(10)',
  'READ CAPACITY(16)',
  'READ DEFECT DATA',
  'READ LONG',
  'RECEIVE COPY OPERATING PARAMETERS',
  'REPORT IDENTIFYING INFORMATION',
  'REPORT LUNS',
  'REPORT PRIORITY',
  'REPORT SUPPORTED OPERATION CODES',
  'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS',
  'REPORT TARGET PORT GROUPS',
  'REPORT TIMESTAMP',
  'REQUEST SENSE',
  'SYNCHRONIZE CACHE',
  'TEST UNIT READY',
  'UNMAP',
  'VERIFY',
  'WRITE',
  'WRITE AND VERIFY',
  'WRITE ATOMIC',
  'WRITE SAME',
  'WRITE SCATTERED',
]);

/**
 * Whether a command may be sent again after its connection was lost: reads, writes, UNMAP and queries
 * may. What depends on what was there before (COMPARE AND WRITE, ORWRITE, PERSISTENT RESERVE OUT, copies),
 * what begins something long (FORMAT UNIT, SANITIZE), and CDBs that this package does not know may not.
 *
 * @example
 * ```ts
 * isSafeToRetry(new Uint8Array([0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0])); // true: READ(10)
 * isSafeToRetry(new Uint8Array([0x5f, 0, 0, 0, 0, 0, 0, 0, 24, 0])); // false: PERSISTENT RESERVE OUT
 * ```
 */
export function isSafeToRetry(cdb: Uint8Array): boolean {
  return SAFE.has(decodeCdb(cdb, { reservedBits: 'ignore' }).op);
}

/** Commands that a pending unit attention does not stop (SPC: INQUIRY, REPORT LUNS, REQUEST SENSE). */
export function passesUnitAttention(cdb: Uint8Array): boolean {
  return cdb[0] === 0x12 || cdb[0] === 0xa0 || cdb[0] === 0x03;
}
