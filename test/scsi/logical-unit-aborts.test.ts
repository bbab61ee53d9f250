import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { bench, good, hex, memory, settle } from './disk-under-test.ts';
import { TEST_UNIT_READY, READ_0, WRITE_0, STOP, block, nothing } from './familiar-commands.ts';
import { HeldBackend } from './held-backend.ts';

describe('aborting a task', () => {
  const abort = { function: 'ABORT TASK', lun: 0, tag: 900 } as const;

  it('that waits ends it without touching the backend', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus } = bench({ backend });
    const first = sendAsync(READ_0);
    const waiting = sendAsync(WRITE_0, { tag: 900, attribute: 'ordered', out: block(1) });
    expect(nexus.manage(abort)).toBe('FUNCTION COMPLETE');
    expect(await waiting).toBeUndefined();
    backend.finish();
    expect((await first)?.status).toBe(0);
    expect(backend.log).toEqual(['read 0+1']);
  });

  it('that waits behind overlapping blocks keeps it from the backend', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus } = bench({ backend });
    const first = sendAsync(WRITE_0, { out: block(1) });
    const waiting = sendAsync(WRITE_0, { tag: 900, out: block(2) });
    const managed = nexus.manage(abort);
    backend.finish();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect([(await first)?.status, await waiting]).toEqual([0, undefined]);
    expect(backend.log).toEqual(['write 0+1']);
  });

  it('that waits for data-out tells the transport once, and waits for it', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus } = bench({ backend });
    const events: string[] = [];
    let give: (data: Uint8Array) => void = nothing;
    const write = sendAsync(WRITE_0, {
      tag: 900,
      out: () => new Promise<Uint8Array>((resolve) => (give = resolve)),
      cancel: () => void events.push('cancel'),
    });
    const managed = Promise.resolve(nexus.manage(abort)).then((response) => events.push(response));
    void nexus.manage(abort);
    await settle();
    expect(events).toEqual(['cancel']);
    give(block(1));
    await managed;
    expect(events).toEqual(['cancel', 'FUNCTION COMPLETE']);
    expect(await write).toBeUndefined();
    expect(backend.log).toEqual([]);
  });

  it('in the backend waits for the backend, then answers nothing for the task', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus } = bench({ backend });
    const write = sendAsync(WRITE_0, { tag: 900, out: block(1) });
    let managed: unknown;
    void Promise.resolve(nexus.manage(abort)).then((response) => (managed = response));
    await settle();
    expect(managed).toBeUndefined();
    backend.finish();
    expect(await write).toBeUndefined();
    await settle();
    expect(managed).toBe('FUNCTION COMPLETE');
  });

  it('in the backend swallows its failure', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus, errors } = bench({ backend });
    const write = sendAsync(WRITE_0, { tag: 900, out: block(1) });
    const managed = nexus.manage(abort);
    backend.fail(new Error('scratch'));
    expect(await write).toBeUndefined();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect(errors).toEqual([]);
  });

  it('that is not there is complete already', () => {
    expect(bench().nexus.manage(abort)).toBe('FUNCTION COMPLETE');
  });

  it('without a tag is rejected', () => {
    expect(bench().nexus.manage({ function: 'ABORT TASK', lun: 0 })).toBe('FUNCTION REJECTED');
  });

  it('of another nexus with the same tag is left alone', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus, initiator } = bench({ backend });
    const other = sendAsync(READ_0, { tag: 900, from: initiator('other') });
    expect(nexus.manage(abort)).toBe('FUNCTION COMPLETE');
    backend.finish();
    expect((await other)?.status).toBe(0);
  });

  it('between two descriptors of UNMAP leaves the second alone', async () => {
    const backend = new HeldBackend();
    const { sendAsync, nexus } = bench({ backend });
    const list = hex(
      '0026 0020 00000000  0000000000000000 00000008 00000000  0000000000000010 00000008 00000000',
    );
    const unmap = sendAsync('42 00 00000000 00 0028 00', { tag: 900, out: list });
    const managed = nexus.manage(abort);
    backend.finish();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect(await unmap).toBeUndefined();
    expect(backend.log).toEqual(['unmap 0+8']);
  });

  it('of STOP leaves the unit started', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync, nexus } = bench({ backend });
    const stop = sendAsync(STOP, { tag: 900 });
    const managed = nexus.manage(abort);
    backend.finish('flush');
    await managed;
    expect(await stop).toBeUndefined();
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });
});

function lending(flush?: () => Promise<void>) {
  const counts = { lent: 0, released: 0 };
  const disk = memory();
  const backend: Backend = {
    blockLength: 512,
    blocks: 2048,
    read: (lba, into) => disk.read(lba, into),
    write: (lba, from) => disk.write(lba, from),
    ...(flush && { flush }),
    view: (lba, blocks) => {
      counts.lent++;
      const view = disk.view(lba, blocks);
      return {
        chunks: view.chunks,
        release: () => {
          counts.released++;
          view.release();
        },
      };
    },
  };
  return { backend, counts };
}

describe('a view that a backend lends', () => {
  it('is released by whoever has the response, not before', async () => {
    const { backend, counts } = lending();
    const response = await bench({ backend }).start(READ_0);
    expect(counts).toEqual({ lent: 1, released: 0 });
    response?.release?.();
    expect(counts).toEqual({ lent: 1, released: 1 });
  });

  it('is released once by the unit where the task was aborted', async () => {
    let flushed: () => void = nothing;
    const { backend, counts } = lending(() => new Promise((resolve) => (flushed = resolve)));
    const { start, nexus } = bench({ backend });
    const read = start('28 08 00000000 00 0001 00', { tag: 900 }); // FUA: flushes first
    const managed = nexus.manage({ function: 'ABORT TASK', lun: 0, tag: 900 });
    flushed();
    expect(await read).toBeUndefined();
    await managed;
    expect(counts.released).toBe(counts.lent);
  });

  it('is not asked for where the initiator has a buffer of its own', async () => {
    const { backend, counts } = lending();
    const dataIn = new Uint8Array(512).fill(0xee);
    const response = await bench({ backend }).start(READ_0, { dataIn });
    expect(counts.lent).toBe(0);
    expect(response?.dataIn).toEqual([block(0)]);
    expect(dataIn).toEqual(block(0));
  });
});
