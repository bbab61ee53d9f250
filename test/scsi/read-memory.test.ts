import { describe, expect, test } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { createDisk } from '../../src/create-disk.ts';
import { createTarget } from '../../src/create-target.ts';
import type { Response } from '../../src/scsi/task.ts';

const BLOCK = 512;
const KIB_64 = 128; // blocks

/** A READ(10). */
const read = (lba: number, blocks: number): Uint8Array =>
  Uint8Array.of(0x28, 0, 0, 0, 0, lba, 0, 0, blocks, 0);

/** Reads 64 KiB and more at a time from a backend that lends nothing: block n is full of n. */
async function reader(
  fill: (into: Uint8Array, lba: number) => unknown = (into, lba) => into.fill(lba),
) {
  const backend: Backend = {
    blockLength: BLOCK,
    blocks: 256,
    read(lba, into) {
      for (let at = 0; at < into.length; at += BLOCK)
        fill(into.subarray(at, at + BLOCK), lba + at / BLOCK);
    },
    write: () => undefined,
  };
  const target = createTarget([createDisk({ backend })]);
  const nexus = target.addPort({ name: 'port' }).nexus('initiator');
  let tag = 0;
  const execute = async (cdb: Uint8Array): Promise<Response> => {
    const response = await nexus.execute({ lun: 0, tag: tag++, cdb });
    if (response === undefined) throw new Error('aborted');
    return response;
  };
  await execute(new Uint8Array(6)); // hears of the power on
  return execute;
}

const bytesOf = (response: Response): Uint8Array => response.dataIn[0]!;

describe('memory for blocks that are read', () => {
  test('is used again when the response was released', async () => {
    const execute = await reader();
    const first = await execute(read(0, KIB_64));
    first.release?.();
    const second = await execute(read(1, KIB_64 - 1));
    expect(bytesOf(second).buffer).toBe(bytesOf(first).buffer);
    expect(bytesOf(second)).toHaveLength((KIB_64 - 1) * BLOCK);
  });

  test('stays as it is until then', async () => {
    const execute = await reader();
    const first = await execute(read(1, KIB_64));
    const second = await execute(read(2, KIB_64));
    expect(bytesOf(first)[0]).toBe(1);
    expect(bytesOf(second)[0]).toBe(2);
  });

  test('is not given to two by a response that is released twice', async () => {
    const execute = await reader();
    const first = await execute(read(0, KIB_64));
    first.release?.();
    const second = await execute(read(1, KIB_64));
    first.release?.();
    const third = await execute(read(2, KIB_64));
    expect(bytesOf(third).buffer).not.toBe(bytesOf(second).buffer);
  });

  test('shows nothing of earlier reads where a backend fills nothing', async () => {
    let leaveOut = false;
    const execute = await reader((into) => (leaveOut ? undefined : into.fill(0xff)));
    const first = await execute(read(0, KIB_64));
    first.release?.();
    leaveOut = true;
    const second = await execute(read(0, KIB_64));
    expect(bytesOf(second).buffer).toBe(bytesOf(first).buffer);
    expect(bytesOf(second)).toEqual(new Uint8Array(KIB_64 * BLOCK));
  });

  test('that could not be read is not waited for', async () => {
    let broken = true;
    const execute = await reader((into, lba) => {
      if (broken) throw new Error('no');
      into.fill(lba);
    });
    expect((await execute(read(0, KIB_64))).status).toBe(2);
    broken = false;
    expect(bytesOf(await execute(read(3, KIB_64)))[0]).toBe(3);
  });
});
