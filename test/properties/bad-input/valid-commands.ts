/** One valid command for every row of the command table: what bad input is made from. */
import {
  encodeCopyList,
  encodeForm,
  encodePersistentReserveOutList,
  encodePopulateTokenList,
  encodeReassignList,
  encodeScatteredList,
  encodeTimestampList,
  encodeUnmapList,
  encodeWriteUsingTokenList,
  transferLength,
  zeroRodToken,
  type CdbRequest,
  type CdbSpec,
  type CopyList,
} from '../../../src/cdb/index.ts';
import { hex } from '../../scsi/disk-under-test.ts';
import type { CopyBench } from '../../scsi/copy-bench.ts';

/** A command as it is sent. */
export interface RawCommand {
  readonly cdb: Uint8Array;
  readonly out: Uint8Array;
}

interface Example {
  /** Members of the request that are not the usual ones. */
  readonly request?: Readonly<Record<string, unknown>>;
  /** Its data-out; absent: as many bytes of 5Ah as it takes. */
  readonly list?: (at: CopyBench) => Uint8Array;
  /** Commands of the table that have to come first. */
  readonly after?: readonly string[];
}

const KEY = 0x1234n;

const reserveOut = (key: bigint, newKey: bigint): Uint8Array =>
  encodePersistentReserveOutList({ reservationKey: key, serviceActionReservationKey: newKey });

const REGISTER = 'PERSISTENT RESERVE OUT, REGISTER';
const RESERVE = 'PERSISTENT RESERVE OUT, RESERVE';

const copyList =
  (form: 'LID1' | 'LID4') =>
  (at: CopyBench): Uint8Array =>
    encodeCopyList(form, {
      listId: 1,
      cscds: [at.cscd(0), at.cscd(1)] as CopyList['cscds'],
      segments: [
        {
          type: 'block to block',
          source: 0,
          destination: 1,
          sourceLba: 3,
          destinationLba: 10,
          blocks: 2,
        },
      ],
    });

const WCE_PAGE = `08 12 04 00 0000 0000 0000 0000 20 00 0000 00 000000`;

/** By operation, where form matters with its length. */
const EXAMPLES: Readonly<Record<string, Example>> = {
  'COMPARE AND WRITE': {
    request: { blocks: 1 },
    list: () => new Uint8Array(1024).fill(3, 0, 512),
  },
  'COPY OPERATION ABORT': { request: { listId: 1 }, after: ['EXTENDED COPY(LID4)'] },
  'EXTENDED COPY(LID1)': { list: copyList('LID1') },
  'EXTENDED COPY(LID4)': { list: copyList('LID4') },
  'LOG SENSE': { request: { pageControl: 1, pageCode: 0x0e } },
  'LOG SELECT': { request: { pageControl: 3, parameterCodeReset: true }, list: () => hex('') },
  'MODE SELECT, 6': {
    request: { pageFormat: true },
    list: () => hex(`00 00 00 00 ${WCE_PAGE}`),
  },
  'MODE SELECT, 10': {
    request: { pageFormat: true },
    list: () => hex(`0000000000000000 ${WCE_PAGE}`),
  },
  'MODE SENSE': { request: { pageCode: 0x0a } },
  [REGISTER]: { list: () => reserveOut(0n, KEY) },
  [RESERVE]: { request: { type: 1 }, after: [REGISTER], list: () => reserveOut(KEY, 0n) },
  'PERSISTENT RESERVE OUT, RELEASE': {
    request: { type: 1 },
    after: [REGISTER, RESERVE],
    list: () => reserveOut(KEY, 0n),
  },
  'PERSISTENT RESERVE OUT, CLEAR': { after: [REGISTER], list: () => reserveOut(KEY, 0n) },
  'PERSISTENT RESERVE OUT, PREEMPT': {
    request: { type: 1 },
    after: [REGISTER, RESERVE],
    list: () => reserveOut(KEY, KEY),
  },
  'PERSISTENT RESERVE OUT, PREEMPT AND ABORT': {
    request: { type: 1 },
    after: [REGISTER, RESERVE],
    list: () => reserveOut(KEY, KEY),
  },
  'PERSISTENT RESERVE OUT, REGISTER AND IGNORE EXISTING KEY': {
    list: () => reserveOut(0n, KEY),
  },
  'POPULATE TOKEN': {
    request: { listId: 7 },
    list: () => encodePopulateTokenList({ ranges: [{ lba: 3, blocks: 2 }] }),
  },
  'READ BUFFER': { request: { mode: 3 } },
  'READ LONG': { request: { byteTransferLength: 512 } },
  'REASSIGN BLOCKS': {
    list: () => encodeReassignList([3], { longLba: false, longList: false }),
  },
  'RECEIVE COPY STATUS(LID1)': { request: { listId: 1 }, after: ['EXTENDED COPY(LID1)'] },
  'RECEIVE COPY STATUS(LID4)': { request: { listId: 1 }, after: ['EXTENDED COPY(LID4)'] },
  'RECEIVE COPY FAILURE DETAILS(LID1)': { request: { listId: 1 } },
  'RECEIVE DIAGNOSTIC RESULTS': { request: { pageCodeValid: true } },
  'RECEIVE ROD TOKEN INFORMATION': { request: { listId: 7 }, after: ['POPULATE TOKEN'] },
  'SANITIZE, OVERWRITE': { list: () => hex('01 00 0001 a5') },
  'SEND DIAGNOSTIC': { request: { selfTest: true }, list: () => hex('') },
  'SET IDENTIFYING INFORMATION': { list: () => hex('01 02 03') },
  'SET TARGET PORT GROUPS': { list: () => hex('00000000 00 00 0000') },
  'SET TIMESTAMP': { list: () => encodeTimestampList(0x019a_b000_1234) },
  'START STOP UNIT': { request: { start: true } },
  UNMAP: { list: () => encodeUnmapList([{ lba: 3, blocks: 2 }]) },
  'WRITE BUFFER': { request: { mode: 2 }, list: () => new Uint8Array(16).fill(7) },
  'WRITE LONG': { request: { byteTransferLength: 512 } },
  'WRITE SCATTERED': {
    request: { dataOffset: 1, ranges: 1, blocks: 3 },
    list: () => {
      const bytes = new Uint8Array(3 * 512).fill(0x77);
      bytes.fill(0, 0, 512);
      bytes.set(encodeScatteredList([{ lba: 3, blocks: 2 }]));
      return bytes;
    },
  },
  'WRITE USING TOKEN': {
    request: { listId: 8 },
    list: () =>
      encodeWriteUsingTokenList({ ranges: [{ lba: 3, blocks: 2 }], token: zeroRodToken() }),
  },
};

/** Rows that a valid command of does not end well here, and why. */
export const NEVER_GOOD: ReadonlySet<string> = new Set([
  'SECURITY PROTOCOL OUT', // no protocol takes data
  'RECEIVE COPY FAILURE DETAILS(LID1)', // no copy has failed
  'PERSISTENT RESERVE OUT, REGISTER AND MOVE', // needs a second initiator
  'SET TARGET PORT GROUPS', // needs a group of the bench
]);

const exampleOf = ({ op, length }: CdbSpec): Example =>
  EXAMPLES[`${op}, ${length}`] ?? EXAMPLES[op] ?? {};

/** A valid command of a form, and those of which there has to be one before. */
export function validCommand(
  spec: CdbSpec,
  at: CopyBench,
): { readonly command: RawCommand; readonly after: readonly string[] } {
  const { request: own = {}, list, after = [] } = exampleOf(spec);
  const given = list?.(at);
  const usual: Record<string, unknown> = {
    lba: 3,
    blocks: 2,
    allocationLength: 252,
    parameterListLength: given?.length ?? 0,
  };
  const request: Record<string, unknown> = {};
  for (const [name, field] of Object.entries<readonly unknown[]>(spec.fields)) {
    if (field[0] === 'fixed') request[name] = field[1];
    else if (name in own) request[name] = own[name];
    else if (name in usual) request[name] = usual[name];
  }
  const cdb = encodeForm(spec, request as Partial<CdbRequest>);
  const { direction, length } = transferLength(spec, request as unknown as CdbRequest, 512);
  const out = given ?? new Uint8Array(direction === 'out' ? length : 0).fill(0x5a);
  return { command: { cdb, out }, after };
}
