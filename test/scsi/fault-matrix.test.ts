/** Every command that touches the medium, and every way in which a backend can fail it. */
import { describe, expect, it } from 'vitest';
import { BackendError, type Backend, type BackendFailure } from '../../src/backend/backend.ts';
import { scriptedBackend, type ScriptedOperation } from '../../src/testing/scripted-backend.ts';
import { bench, good, hex, memory, refusal } from './disk-under-test.ts';
import { block } from './familiar-commands.ts';

const LBA = 7;

/** A command for block 7, the call of the backend that fails, and what it sends. */
interface Row {
  readonly name: string;
  readonly cdb: string;
  readonly fails: ScriptedOperation;
  /** A bad medium is an error in writing: the command changes the medium, or flushes it. */
  readonly writes: boolean;
  readonly out?: Uint8Array;
}

const ONE = block(1);
const UNMAP_LIST = hex('0016 0010 00000000 0000000000000007 00000001 00000000');
const ROWS: readonly Row[] = [
  { name: 'READ(6)', cdb: '08 000007 01 00', fails: 'read', writes: false },
  { name: 'READ(10)', cdb: '28 00 00000007 00 0001 00', fails: 'read', writes: false },
  { name: 'READ(16)', cdb: '88 00 0000000000000007 00000001 00 00', fails: 'read', writes: false },
  { name: 'VERIFY(10)', cdb: '2f 00 00000007 00 0001 00', fails: 'read', writes: false },
  {
    name: 'VERIFY(10) with BYTCHK',
    cdb: '2f 02 00000007 00 0001 00',
    fails: 'read',
    writes: false,
    out: ONE,
  },
  { name: 'WRITE(10)', cdb: '2a 00 00000007 00 0001 00', fails: 'write', writes: true, out: ONE },
  {
    name: 'WRITE(16) with FUA',
    cdb: '8a 08 0000000000000007 00000001 00 00',
    fails: 'write',
    writes: true,
    out: ONE,
  },
  {
    name: 'WRITE AND VERIFY(10)',
    cdb: '2e 00 00000007 00 0001 00',
    fails: 'write',
    writes: true,
    out: ONE,
  },
  {
    name: 'WRITE SAME(10)',
    cdb: '41 00 00000007 00 0001 00',
    fails: 'write',
    writes: true,
    out: ONE,
  },
  {
    name: 'COMPARE AND WRITE',
    cdb: '89 00 0000000000000007 000000 01 00 00',
    fails: 'write',
    writes: true,
    out: new Uint8Array(1024),
  },
  {
    name: 'ORWRITE(16)',
    cdb: '8b 00 0000000000000007 00000001 00 00',
    fails: 'write',
    writes: true,
    out: ONE,
  },
  {
    name: 'WRITE ATOMIC(16)',
    cdb: '9c 00 0000000000000007 0000 0001 00 00',
    fails: 'write',
    writes: true,
    out: ONE,
  },
  {
    name: 'UNMAP',
    cdb: '42 00 00000000 00 0018 00',
    fails: 'unmap',
    writes: true,
    out: UNMAP_LIST,
  },
  { name: 'SYNCHRONIZE CACHE(10)', cdb: '35 00 00000007 00 0001 00', fails: 'flush', writes: true },
];

/** Sense key, additional sense code and qualifier, and whether INFORMATION has the block (SPC, SBC). */
function expected(kind: BackendFailure, writes: boolean): readonly [codes: string, lba: boolean] {
  switch (kind) {
    case 'medium':
      return [writes ? '3/0c/00' : '3/11/00', true];
    case 'hardware':
      return ['4/44/00', true];
    case 'space':
      return ['7/27/07', true];
    case 'protected':
      return ['7/27/00', false];
    case 'not-ready':
      return ['2/04/00', false];
  }
}

/** A disk in RAM that has something to flush. */
function flushable(): Backend {
  const inner = memory(64);
  return {
    blockLength: 512,
    blocks: 64,
    maxAtomicBlocks: 64,
    unmappedReadsZeros: true,
    read: (lba, into) => inner.read(lba, into),
    write: (lba, from) => inner.write(lba, from),
    unmap: (lba, blocks) => inner.unmap(lba, blocks),
    flush: () => undefined,
  };
}

const KINDS = ['medium', 'hardware', 'space', 'protected', 'not-ready'] as const;
const READ_8 = '28 00 00000008 00 0001 00';

for (const { name, cdb, fails, writes, out } of ROWS)
  describe(name, () => {
    for (const later of [false, true])
      it.each(KINDS)(
        `ends in the sense of a failure of kind %s that comes ${later ? 'later' : 'at once'}`,
        async (kind) => {
          const error = new BackendError(kind, 'scripted', { lba: LBA });
          const action = later ? 'hold' : { fail: error };
          const backend = scriptedBackend(flushable(), [{ op: fails, times: 1, action }]);
          const { sendAsync, errors } = bench({ backend });
          const [codes, hasLba] = expected(kind, writes);
          const length = out?.length ?? 0;
          const sent = sendAsync(cdb, { ...(out && { out }) });
          if (later) (await backend.nextHeld()).fail(error);
          const answer = await sent;
          expect(answer).toEqual(refusal(codes, hasLba ? { information: LBA } : {}, length));
          expect(errors).toEqual([error]);
          expect(await sendAsync(READ_8)).toEqual(good(new Uint8Array(512)));
          const again = await sendAsync(cdb, { ...(out && { out }) });
          // With BYTCHK it is a miscompare: nothing was written.
          expect(again?.status).toBe(name.includes('BYTCHK') ? 2 : 0);
        },
      );
  });
