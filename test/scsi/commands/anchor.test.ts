import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { be, bench, good, hex, refusal } from '../disk-under-test.ts';

const PAGE = 128;
const BLOCK = 512;

/** A disk of 8 pages of which 2 have room. */
const pool = () => {
  const backend = memoryBackend({ blocks: 8 * PAGE, maxAllocatedBytes: 2 * PAGE * BLOCK });
  return { backend, ...bench({ backend }) };
};

const unmap = (
  send: ReturnType<typeof bench>['send'],
  lba: number,
  blocks: number,
  anchor = true,
) =>
  send(`42 ${anchor ? '01' : '00'} 00000000 00 0018 00`, {
    out: hex(`0016 0010 00000000 ${be(lba, 8)} ${be(blocks, 4)} 00000000`),
  });
const write = (send: ReturnType<typeof bench>['send'], lba: number, blocks = 1, fill = 7) =>
  send(`8a 00 ${be(lba, 8)} ${be(blocks, 4)} 00 00`, {
    out: new Uint8Array(blocks * BLOCK).fill(fill),
  });
/** PROVISIONING STATUS of a block: 0 mapped, 1 deallocated, 2 anchored. */
const statusOf = (send: ReturnType<typeof bench>['send'], lba: number): number | undefined =>
  send(`9e 12 ${be(lba, 8)} 00000018 00 00`).data[20];
const fillOf = (send: ReturnType<typeof bench>['send'], lba: number): number | undefined =>
  send(`88 00 ${be(lba, 8)} 00000001 00 00`).data[0];

describe('UNMAP with ANCHOR', () => {
  it('anchors what was deallocated and what was mapped', () => {
    const { send } = pool();
    write(send, 0);
    expect(unmap(send, 0, 2 * PAGE)).toEqual(good('', 24));
    expect([0, PAGE, 2 * PAGE].map((lba) => statusOf(send, lba))).toEqual([2, 2, 1]);
    expect(fillOf(send, 0)).toBe(0);
  });

  it('leaves room for what is anchored, and for nothing else', () => {
    const { send } = pool();
    unmap(send, 0, 2 * PAGE);
    expect(write(send, 2 * PAGE)).toEqual(refusal('7/27/07', { information: 256 }, BLOCK));
    expect(write(send, 5, 200).status).toBe(0);
    expect(statusOf(send, 0)).toBe(0);
  });

  it('gives the space back when the blocks are deallocated', () => {
    const { send, backend } = pool();
    unmap(send, 0, 2 * PAGE);
    unmap(send, 0, 2 * PAGE, false);
    expect(backend.space()).toEqual({ used: 0, available: 2 * PAGE });
    expect(write(send, 5 * PAGE).status).toBe(0);
  });

  it('anchors nothing where there is no space for all', () => {
    const { send, backend } = pool();
    write(send, 0);
    expect(unmap(send, 0, 3 * PAGE)).toEqual(refusal('7/27/07', { information: 256 }, 24));
    expect(fillOf(send, 0)).toBe(7);
    expect(backend.space().used).toBe(PAGE);
  });

  it('of part of a page leaves the rest of it alone', () => {
    const { send } = pool();
    write(send, 0, PAGE);
    unmap(send, 10, 5);
    expect([9, 10, 14, 15].map((lba) => fillOf(send, lba))).toEqual([7, 0, 0, 7]);
    expect(statusOf(send, 0)).toBe(0);
  });
});

describe.each([
  ['WRITE SAME(10)', (flags: string) => `41 ${flags} 00000000 00 0080 00`],
  ['WRITE SAME(16)', (flags: string) => `93 ${flags} 0000000000000000 00000080 00 00`],
])('%s with ANCHOR', (_, cdb) => {
  it('anchors blocks that are to read as zeros', () => {
    const { send } = pool();
    expect(send(cdb('18'), { out: new Uint8Array(BLOCK) }).status).toBe(0);
    expect(statusOf(send, 0)).toBe(2);
  });

  it('writes what unmapped blocks would not read as', () => {
    const { send } = pool();
    send(cdb('18'), { out: new Uint8Array(BLOCK).fill(1) });
    expect([statusOf(send, 0), fillOf(send, 127)]).toEqual([0, 1]);
  });

  it('is refused without UNMAP', () => {
    expect(pool().send(cdb('10'))).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
  });
});

describe('anchors', () => {
  it('are in the Logical Block Provisioning page where the backend has them', () => {
    const b2 = '12 01 b2 00ff 00';
    expect(pool().send(b2).data[5]! & 0x02).toBe(0x02);
    expect(bench().send(b2).data[5]! & 0x02).toBe(0);
    const thick = memoryBackend({ blocks: PAGE, maxAllocatedBytes: PAGE * BLOCK });
    expect(bench({ backend: thick, thin: false }).send(b2).data[5]! & 0x02).toBe(0);
  });
});

describe('a thin disk without space', () => {
  it('refuses writes stably, reads on, and takes writes where there is space again', () => {
    const { send } = pool();
    write(send, 0, 2 * PAGE);
    const full = refusal('7/27/07', { information: 300 }, BLOCK);
    for (let i = 0; i < 3; i++) expect(write(send, 300)).toEqual(full);
    expect(fillOf(send, 0)).toBe(7);
    expect(write(send, 1, 1, 8).status).toBe(0);
    // The condition is not a write-protected medium: WP stays 0 in MODE SENSE.
    expect(send('1a 08 3f 00 04 00').data[2]! & 0x80).toBe(0);
    unmap(send, 0, PAGE, false);
    expect(write(send, 300).status).toBe(0);
  });

  it('writes nothing of a run that has space only in part', () => {
    const { send } = pool();
    write(send, 0, PAGE);
    expect(write(send, 2 * PAGE, 2 * PAGE)).toEqual(
      refusal('7/27/07', { information: 384 }, 2 * PAGE * BLOCK),
    );
    expect(fillOf(send, 2 * PAGE)).toBe(0);
  });
});
