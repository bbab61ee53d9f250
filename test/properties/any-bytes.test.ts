/** Any bytes as CDB, with any data-out, against a disk in any state: a status, and nothing worse. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import { CDB_SPECS, type CdbSpec } from '../../src/cdb/index.ts';
import { createDisk } from '../../src/create-disk.ts';
import { createTarget } from '../../src/create-target.ts';
import type { LogicalUnitOptions } from '../../src/scsi/unit-options.ts';
import type { Response } from '../../src/scsi/task.ts';

const BLOCKS = 64;

/** The memory backend with every answer a promise. */
function later(inner: Backend): Backend {
  return {
    blockLength: inner.blockLength,
    blocks: inner.blocks,
    read: (lba, into) => Promise.resolve().then(() => inner.read(lba, into)),
    write: (lba, from, options) => Promise.resolve().then(() => inner.write(lba, from, options)),
    flush: () => Promise.resolve(),
    unmap: (lba, blocks) => Promise.resolve().then(() => inner.unmap?.(lba, blocks)),
  };
}

interface State {
  readonly options: Omit<LogicalUnitOptions, 'backend'>;
  readonly asynchronous: boolean;
  readonly ejected: boolean;
  readonly stopped: boolean;
  /** Whether the power on unit attention has been reported. */
  readonly settled: boolean;
  readonly lun: number;
}

const state: fc.Arbitrary<State> = fc.record({
  options: fc.record(
    {
      readOnly: fc.boolean(),
      removable: fc.boolean(),
      thin: fc.boolean(),
      descriptorSense: fc.boolean(),
      cache: fc.constantFrom('write-back' as const, 'write-through' as const),
      reservedBits: fc.constantFrom('check' as const, 'ignore' as const),
      maxTransferLength: fc.constantFrom(512, 8192, 2 ** 20),
    },
    { requiredKeys: [] },
  ),
  asynchronous: fc.boolean(),
  ejected: fc.boolean(),
  stopped: fc.boolean(),
  settled: fc.boolean(),
  lun: fc.constantFrom(0, 0, 0, 0, 5, 0xc101, -1),
});

const SPECS: readonly CdbSpec[] = Object.values<readonly CdbSpec[]>(CDB_SPECS).flat();

/** Half of the CDBs are of a known command, with small numbers so that some of them do something. */
const cdb: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc
    .tuple(
      fc.constantFrom(...SPECS),
      fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(70), fc.nat(255)), {
        minLength: 32,
        maxLength: 32,
      }),
    )
    .map(([spec, bytes]) => {
      const known = Uint8Array.from(bytes).subarray(0, spec.length);
      known[0] = spec.opcode;
      if (spec.serviceAction !== undefined) known[1] = spec.serviceAction;
      return known;
    }),
);

const STATUSES = [0x00, 0x02, 0x04, 0x18];

function expectWellFormed(response: Response | undefined): void {
  expect(response).toBeDefined();
  const { status, sense, dataIn } = response!;
  expect(STATUSES).toContain(status);
  expect(sense !== undefined).toBe(status === 0x02);
  if (sense !== undefined) {
    expect([0x70, 0x71, 0x72, 0x73]).toContain(sense[0]! & 0x7f);
    expect(dataIn).toEqual([]);
  }
}

describe('any bytes as a command', () => {
  it('end in a status with well-formed sense data, and the next command works', async () => {
    await fc.assert(
      fc.asyncProperty(
        state,
        fc.array(fc.tuple(cdb, fc.uint8Array({ maxLength: 2048 })), { maxLength: 8 }),
        async ({ options, asynchronous, ejected, stopped, settled, lun }, commands) => {
          const memory = memoryBackend({ blocks: BLOCKS });
          const unit = createDisk({ backend: asynchronous ? later(memory) : memory, ...options });
          const target = createTarget([unit]);
          const nexus = target.addPort().nexus('anyone');
          if (settled) unit.attentions(nexus).take();
          if (ejected) unit.eject();
          unit.readiness.started = !stopped;
          let tag = 0;
          for (const [bytes, data] of commands) {
            const response = await nexus.execute({
              lun,
              tag: tag++,
              cdb: bytes,
              dataOut: (length) => data.subarray(0, length),
            });
            expectWellFormed(response);
            response?.release?.();
            // With NACA set a CHECK CONDITION has established an ACA condition.
            await nexus.manage({ function: 'CLEAR ACA', lun });
          }
          const inquiry = Uint8Array.of(0x12, 0, 0, 0, 96, 0);
          const last = await nexus.execute({ lun: 0, tag, cdb: inquiry });
          expect(last).toMatchObject({ status: 0 });
          expect(last!.dataIn[0]).toHaveLength(96);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('never move more data in than the CDB asks for', async () => {
    await fc.assert(
      fc.asyncProperty(cdb, async (bytes) => {
        const unit = createDisk({ backend: memoryBackend({ blocks: BLOCKS }) });
        const nexus = createTarget([unit]).addPort().nexus('anyone');
        unit.attentions(nexus).take();
        const response = await nexus.execute({ lun: 0, tag: 1, cdb: bytes });
        const length = response!.dataIn.reduce((sum, chunk) => sum + chunk.length, 0);
        expect(length).toBeLessThanOrEqual(mostDataIn(bytes));
      }),
      { numRuns: 1500 },
    );
  });
});

/** The most bytes that a CDB lets the device return, read from its bytes alone. */
function mostDataIn(bytes: Uint8Array): number {
  const padded = new Uint8Array(40);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  switch (bytes[0]) {
    case 0x03: // REQUEST SENSE
    case 0x1a: // MODE SENSE(6)
      return view.getUint8(4);
    case 0x12: // INQUIRY
    case 0x1c: // RECEIVE DIAGNOSTIC RESULTS
      return view.getUint16(3);
    case 0x37: // READ DEFECT DATA(10)
    case 0x3e: // READ LONG(10)
    case 0x4d: // LOG SENSE
    case 0x5a: // MODE SENSE(10)
    case 0x5e: // PERSISTENT RESERVE IN
      return view.getUint16(7);
    case 0x25: // READ CAPACITY(10)
      return 8;
    case 0x3c: // READ BUFFER(10)
      return view.getUint32(5) & 0xff_ffff;
    case 0x9b: // READ BUFFER(16)
    case 0x84: // RECEIVE COPY RESULTS
    case 0x9e: // SERVICE ACTION IN(16)
      return view.getUint32(10);
    case 0xa0: // REPORT LUNS
    case 0xa3: // MAINTENANCE IN
    case 0xb7: // READ DEFECT DATA(12)
      return view.getUint32(6);
    case 0xa2: // SECURITY PROTOCOL IN, with INC_512
      return view.getUint32(6) * (view.getUint8(4) >> 7 === 1 ? 512 : 1);
    case 0x08: // READ(6)
      return 512 * (view.getUint8(4) || 256);
    case 0x28: // READ(10)
      return 512 * view.getUint16(7);
    case 0xa8: // READ(12)
      return 512 * view.getUint32(6);
    case 0x88: // READ(16)
      return 512 * view.getUint32(10);
    default:
      return 0;
  }
}
