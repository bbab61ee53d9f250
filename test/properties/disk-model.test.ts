/**
 * Any sequence of reads, writes, unmaps and flushes, of blocks marked as bad and reassigned, against a
 * model that is nothing but an array and a set: over loopback and over iSCSI, on every kind of backend.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileBackend } from '../../src/backend/file/index.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import { overlayBackend } from '../../src/backend/overlay.ts';
import type { Backend } from '../../src/backend/backend.ts';
import { encodeReassignList } from '../../src/cdb/reassign-blocks.ts';
import { createDisk } from '../../src/create-disk.ts';
import { createTarget } from '../../src/create-target.ts';
import type { Target } from '../../src/scsi/target.ts';
import { DiskClient } from '../../src/transport/disk-client.ts';
import type { Initiator } from '../../src/transport/initiator.ts';
import { IscsiInitiator } from '../../src/transport/iscsi/initiator.ts';
import { IscsiServer } from '../../src/transport/iscsi/server.ts';
import { loopback } from '../../src/transport/loopback.ts';
import type { ScsiError } from '../../src/transport/scsi-error.ts';

const BLOCKS = 300;
const BLOCK = 512;
const folder = mkdtempSync(join(tmpdir(), 'scsi-target-model-'));
let files = 0;
const newFile = (): Promise<Backend> =>
  openFileBackend(join(folder, `disk-${files++}.img`), { size: BLOCKS * BLOCK });

const BACKENDS: Readonly<Record<string, () => Backend | Promise<Backend>>> = {
  memory: () => memoryBackend({ blocks: BLOCKS }),
  file: newFile,
  'overlay over memory': () => overlayBackend(memoryBackend({ blocks: BLOCKS })),
  'overlay over a file': async () => overlayBackend(await newFile()),
};

interface Connection {
  readonly initiator: Initiator;
  readonly close: () => Promise<void>;
}

async function overIscsi(target: Target): Promise<Connection> {
  const name = 'iqn.2026-11.com.example:model';
  const server = new IscsiServer({});
  server.addTarget({ name, target });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const initiator = await IscsiInitiator.connect({ host: '127.0.0.1', port, targetName: name });
  return {
    initiator,
    close: async () => {
      await initiator.close();
      await server.close();
    },
  };
}

const TRANSPORTS: Readonly<Record<string, (target: Target) => Promise<Connection>>> = {
  loopback: (target) =>
    Promise.resolve({ initiator: loopback(target), close: () => Promise.resolve() }),
  iSCSI: overIscsi,
};

type Step =
  | { readonly do: 'read' | 'unmap'; readonly lba: number; readonly blocks: number }
  | { readonly do: 'write'; readonly lba: number; readonly blocks: number; readonly fill: number }
  | { readonly do: 'mark' | 'reassign'; readonly lba: number; readonly blocks: 1 }
  | { readonly do: 'flush' };

const range = fc
  .tuple(fc.nat(BLOCKS - 1), fc.integer({ min: 1, max: 140 }))
  .map(([lba, blocks]) => ({ lba, blocks: Math.min(blocks, BLOCKS - lba) }));

const step: fc.Arbitrary<Step> = fc.oneof(
  range.map((r) => ({ do: 'read' as const, ...r })),
  fc.tuple(range, fc.nat(255)).map(([r, fill]) => ({ do: 'write' as const, ...r, fill })),
  range.map((r) => ({ do: 'unmap' as const, ...r })),
  fc
    .tuple(fc.constantFrom('mark' as const, 'reassign' as const), fc.nat(BLOCKS - 1))
    .map(([what, lba]) => ({ do: what, lba, blocks: 1 as const })),
  fc.constant({ do: 'flush' as const }),
);

/** Every block of a write is different, so that a block in the wrong place shows. */
function pattern(lba: number, blocks: number, fill: number): Uint8Array {
  const bytes = new Uint8Array(blocks * BLOCK).fill(fill);
  for (let i = 0; i < blocks; i++) {
    bytes[i * BLOCK] = lba + i;
    bytes[i * BLOCK + 1] = (lba + i) >> 8;
  }
  return bytes;
}

/** Reads blocks: their bytes, or the first one that is bad. */
async function readOrBad(
  disk: DiskClient,
  lba: number,
  blocks: number,
): Promise<Uint8Array | number> {
  try {
    return await disk.read({ lba, blocks });
  } catch (error) {
    const { sense } = error as ScsiError;
    expect([sense?.key, sense?.asc, sense?.ascq]).toEqual([0x3, 0x11, 0x14]);
    return Number(sense?.information);
  }
}

async function mark(disk: DiskClient, lba: number): Promise<void> {
  const request = { op: 'WRITE LONG', cdbLength: 16, writeUncorrectable: true, lba } as const;
  expect((await disk.request(request)).status).toBe(0);
}

async function reassign(disk: DiskClient, lba: number): Promise<void> {
  const form = { longLba: true, longList: false };
  const list = encodeReassignList([lba], form);
  const outcome = await disk.request({ op: 'REASSIGN BLOCKS', ...form }, list);
  expect(outcome.status).toBe(0);
}

async function play(disk: DiskClient, steps: readonly Step[], canUnmap: boolean): Promise<void> {
  const model = new Uint8Array(BLOCKS * BLOCK);
  const bad = new Set<number>();
  const check = async (lba: number, blocks: number): Promise<void> => {
    const hit = [...bad].filter((one) => one >= lba && one < lba + blocks);
    const found = await readOrBad(disk, lba, blocks);
    const place = model.subarray(lba * BLOCK, (lba + blocks) * BLOCK);
    if (hit.length > 0) expect(found).toBe(Math.min(...hit));
    else expect(Buffer.compare(found as Uint8Array, place)).toBe(0);
  };
  await disk.testUnitReady();
  for (const action of steps) {
    if (action.do === 'flush') {
      await disk.synchronizeCache();
      continue;
    }
    const { lba, blocks } = action;
    const place = model.subarray(lba * BLOCK, (lba + blocks) * BLOCK);
    const renew = (): void => {
      for (let one = lba; one < lba + blocks; one++) bad.delete(one);
    };
    if (action.do === 'read') await check(lba, blocks);
    else if (action.do === 'mark') {
      await mark(disk, lba);
      bad.add(lba);
    } else if (action.do === 'reassign') {
      await reassign(disk, lba);
      // What could not be read is zeros now.
      if (bad.delete(lba)) place.fill(0);
    } else if (action.do === 'write') {
      const data = pattern(lba, blocks, action.fill);
      await disk.write({ lba, data });
      place.set(data);
      renew();
    } else if (canUnmap) {
      await disk.unmap({ lba, blocks });
      place.fill(0);
      renew();
    }
  }
  await check(0, BLOCKS);
}

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each(Object.keys(TRANSPORTS))('over %s', (transport) => {
  it.each(Object.keys(BACKENDS))('a disk of %s behaves like an array of blocks', async (kind) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const unit = createDisk({ backend: await BACKENDS[kind]!() });
        const target = createTarget([unit]);
        const { initiator, close } = await TRANSPORTS[transport]!(target);
        try {
          await play(new DiskClient(initiator, 0), steps, unit.settings.thin);
        } finally {
          await close();
          await target.close();
        }
      }),
      { numRuns: 40 },
    );
  });
});
