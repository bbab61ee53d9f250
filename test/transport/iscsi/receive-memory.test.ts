import { PassThrough } from 'node:stream';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { createDisk } from '../../../src/create-disk.ts';
import { createTarget } from '../../../src/create-target.ts';
import type { CommandObserver } from '../../../src/scsi/command-observer.ts';
import { scriptedBackend } from '../../../src/testing/scripted-backend.ts';
import type { ScriptedBackend } from '../../../src/testing/scripted-backend.ts';
import { IscsiInitiator } from '../../../src/transport/iscsi/initiator.ts';
import { readInto } from '../../../src/transport/iscsi/read-into.ts';
import { ReceiveMemory } from '../../../src/transport/iscsi/receive-memory.ts';
import { IscsiServer } from '../../../src/transport/iscsi/server.ts';
import { IQN } from './raw-client.ts';
import { closeLater } from './serving.ts';

const KIB = 1024;

describe('memory for what comes in', () => {
  test.each([1, 48, 65, 4144, 16_383, 16_384, 16_432, 65_584, 262_192, 1_052_672, 2_000_000])(
    '%i bytes are as many as were asked for',
    (length) => {
      expect(new ReceiveMemory().take(length)).toHaveLength(length);
    },
  );

  test('is used again when it was given back', () => {
    const memory = new ReceiveMemory();
    const first = memory.take(262_192);
    memory.giveBack(first);
    expect(memory.take(262_144).buffer).toBe(first.buffer);
  });

  test('is known by any part of it', () => {
    const memory = new ReceiveMemory();
    const first = memory.take(65_584);
    memory.giveBack(first.subarray(48));
    expect(memory.take(65_584).buffer).toBe(first.buffer);
  });

  test('is not given to two', () => {
    const memory = new ReceiveMemory();
    const first = memory.take(65_584);
    memory.giveBack(first);
    memory.giveBack(first);
    expect(memory.take(65_584).buffer).not.toBe(memory.take(65_584).buffer);
  });

  test('that is not its own is left alone', () => {
    const memory = new ReceiveMemory();
    const foreign = new Uint8Array(64 * KIB + 4096);
    memory.giveBack(foreign);
    expect(memory.take(64 * KIB).buffer).not.toBe(foreign.buffer);
  });

  test('of small pieces does not overlap', () => {
    const memory = new ReceiveMemory();
    const pieces = Array.from({ length: 100 }, (_, i) => memory.take(100 + i * 7).fill(i));
    pieces.forEach((piece, i) => expect(new Set(piece)).toEqual(new Set([i])));
  });

  test('is not kept beyond 8 MiB', () => {
    const memory = new ReceiveMemory();
    const taken = Array.from({ length: 20 }, () => memory.take(1024 * KIB));
    for (const bytes of taken) memory.giveBack(bytes);
    const again = Array.from({ length: 20 }, () => memory.take(1024 * KIB).buffer);
    const kept = again.filter((buffer) => taken.some((bytes) => bytes.buffer === buffer));
    expect(kept).toHaveLength(7); // of 1 MiB + 4 KiB
  });
});

test('a socket without a handle of Node’s gives its chunks as they come', async () => {
  const socket = new PassThrough();
  const chunks: Uint8Array[] = [];
  const same = readInto(socket as unknown as Socket, {
    place: () => new Uint8Array(8),
    read: () => expect.unreachable(),
    take: (chunk) => chunks.push(chunk),
  });
  expect(same).toBe(socket);
  socket.end(Uint8Array.of(1, 2, 3));
  await new Promise((resolve) => socket.once('end', resolve));
  expect(chunks).toEqual([Uint8Array.of(1, 2, 3)]);
});

/** A served disk of 8 MiB, and a session with it. */
async function served(
  observe: CommandObserver = () => {},
): Promise<{ disk: ScriptedBackend; session: IscsiInitiator }> {
  const disk = scriptedBackend(memoryBackend({ size: 8192 * KIB }));
  const target = createTarget([createDisk({ backend: disk })], { observe });
  const server = new IscsiServer();
  closeLater(() => target.close());
  closeLater(() => server.close({ graceful: false }));
  server.addTarget({ name: IQN, target });
  const { port } = await server.listen({ port: 0 });
  const session = await IscsiInitiator.connect({ host: '127.0.0.1', port, targetName: IQN });
  closeLater(() => session.close());
  await session.execute({ lun: 0, cdb: new Uint8Array(6) }); // the power on
  return { disk, session };
}

/** WRITE(10) of whole blocks. */
function write(session: IscsiInitiator, lba: number, data: Uint8Array) {
  const blocks = data.length / 512;
  const cdb = Uint8Array.of(0x2a, 0, 0, 0, lba >> 8, lba, 0, blocks >> 8, blocks, 0);
  return session.execute({ lun: 0, cdb, dataOut: data });
}

/** How data comes: in the command's PDU, and by R2T beyond FirstBurstLength. */
describe.each([
  ['immediate', 128 * KIB],
  ['asked for', 512 * KIB],
])('data that is %s', (_, length) => {
  test('stays as it is while an aborted command may still be at work on it', async () => {
    const { disk, session } = await served();
    disk.on({ op: 'write', times: 1, action: 'hold' });
    const aborted = write(session, 0, new Uint8Array(length).fill(1));
    const held = await disk.nextHeld();
    const reset = session.manage({ function: 'LOGICAL_UNIT_RESET', lun: 0 });
    void aborted.catch(() => {});
    await held.proceed();
    await reset;
    await session.execute({ lun: 0, cdb: new Uint8Array(6) }); // the reset
    for (let i = 2; i < 10; i++) await write(session, 2048, new Uint8Array(length).fill(i));
    const first = new Uint8Array(length);
    await disk.read(0, first);
    expect(new Set(first)).toEqual(new Set([1]));
  });

  test('takes nothing with it that is known of a command that has ended', async () => {
    const cdbs: Uint8Array[] = [];
    const { session } = await served(({ task }) => cdbs.push(task.cdb));
    cdbs.length = 0;
    await write(session, 1, new Uint8Array(length));
    await write(session, 2, new Uint8Array(length));
    expect(cdbs.map((cdb) => cdb[5])).toEqual([1, 2]);
  });

  test('of many commands at a time is not mixed up', async () => {
    const { disk, session } = await served();
    disk.on({ op: 'write', action: 'defer' });
    const blocks = length / 512;
    const places = Array.from({ length: (8192 * KIB) / length }, (__, i) => i);
    for (const round of [1, 2, 3])
      await Promise.all(
        places.map((i) => write(session, i * blocks, new Uint8Array(length).fill(i + round))),
      );
    const all = new Uint8Array(8192 * KIB);
    await disk.read(0, all);
    for (const i of places)
      expect(new Set(all.subarray(i * length, (i + 1) * length))).toEqual(new Set([i + 3]));
  });
});
