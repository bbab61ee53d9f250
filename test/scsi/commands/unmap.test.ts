import { describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/backend.ts';
import {
  be,
  bench,
  contents,
  good,
  hex,
  memory,
  refusal,
  settle,
  unexpected,
} from '../disk-under-test.ts';
import { HeldBackend } from '../held-backend.ts';

type Run = readonly [lba: number | bigint, blocks: number];

/** UNMAP parameter list, its two lengths right unless told. */
function list(runs: readonly Run[], dataLength = 16 * runs.length): Uint8Array {
  const descriptors = runs.map(([lba, blocks]) => `${be(lba, 8)} ${be(blocks, 4)} 00000000`);
  return hex(
    `${be(6 + 16 * runs.length, 2)} ${be(dataLength, 2)} 00000000 ${descriptors.join('')}`,
  );
}

const cdb = (length: number): string => `42 00 00000000 00 ${be(length, 2)} 00`;

/** A full disk of 64 blocks. */
function full() {
  const backend = memory(64);
  backend.write(0, new Uint8Array(64 * 512).fill(0xff));
  return backend;
}

/** Which blocks of the disk are not zero. */
const left = (backend: Backend): number[] =>
  Array.from({ length: 64 }, (_, lba) => lba).filter((lba) => contents(backend)[lba * 512] !== 0);

const blocksBut = (...gone: number[]): number[] =>
  Array.from({ length: 64 }, (_, lba) => lba).filter((lba) => !gone.includes(lba));

/** Sends an UNMAP to a full disk; gives its answer and the blocks that are left. */
function unmap(
  bytes: Uint8Array,
  options: Parameters<typeof bench>[0] = {},
  command = cdb(bytes.length),
) {
  const backend = full();
  const answer = bench({ ...options, backend }).send(command, { out: bytes });
  return { answer, left: left(backend) };
}

const untouched = blocksBut();

describe('UNMAP', () => {
  it('unmaps a run of blocks', () => {
    expect(unmap(list([[3, 2]]))).toEqual({ answer: good('', 24), left: blocksBut(3, 4) });
  });

  it('unmaps every run, overlapping ones too, up to the last block', () => {
    const runs: Run[] = [
      [3, 2],
      [4, 2],
      [63, 1],
    ];
    const expected = { answer: good('', 56), left: blocksBut(3, 4, 5, 63) };
    expect(unmap(list(runs))).toEqual(expected);
  });

  it('counts in blocks of the disk, whatever their length', () => {
    const backend = memory(64, 4096);
    backend.write(0, new Uint8Array(64 * 4096).fill(1));
    expect(bench({ backend }).send(cdb(24), { out: list([[16, 16]]) })).toEqual(good('', 24));
    const now = contents(backend);
    const kept = Array.from({ length: 64 }, (_, lba) => now[lba * 4096 + 4095]);
    expect(kept).toEqual(kept.map((_, lba) => (lba >= 16 && lba < 32 ? 0 : 1)));
  });

  it('of no list is fine, and asks for no data', () => {
    expect(bench().send(cdb(0), { out: unexpected })).toEqual(good());
  });

  it('of a list without descriptors is fine', () => {
    expect(unmap(list([]))).toEqual({ answer: good('', 8), left: untouched });
  });

  it('of runs without blocks is fine, at the capacity too', () => {
    const runs: Run[] = [
      [0, 0],
      [0, 0],
      [64, 0],
    ];
    expect(unmap(list(runs))).toEqual({ answer: good('', 56), left: untouched });
  });

  it.each([1, 7])('of a list of %d bytes is refused: PARAMETER LIST LENGTH ERROR', (length) => {
    const expected = { answer: refusal('5/1a/00'), left: untouched };
    expect(unmap(new Uint8Array(length))).toEqual(expected);
  });

  it('of a list that the initiator has less of than it says is refused', () => {
    const bytes = list([[3, 2]]);
    const expected = { answer: refusal('5/1a/00', {}, 24), left: untouched };
    expect(unmap(bytes.subarray(0, 23), {}, cdb(24))).toEqual(expected);
    expect(unmap(new Uint8Array(0), {}, cdb(24))).toEqual(expected);
  });

  it('ignores a last descriptor that is cut off', () => {
    const bytes = list([
      [3, 1],
      [9, 1],
    ]).subarray(0, 39);
    expect(unmap(bytes)).toEqual({ answer: good('', 39), left: blocksBut(3) });
  });

  it('ignores what lies behind UNMAP BLOCK DESCRIPTOR DATA LENGTH', () => {
    const runs: Run[] = [
      [3, 1],
      [9, 1],
    ];
    expect(unmap(list(runs, 16))).toEqual({ answer: good('', 40), left: blocksBut(3) });
  });

  it('ignores an UNMAP BLOCK DESCRIPTOR DATA LENGTH that says more than there is', () => {
    expect(unmap(list([[3, 1]], 0xfff0))).toEqual({ answer: good('', 24), left: blocksBut(3) });
  });

  it('refuses a run past the end before it touches the first one', () => {
    const runs: Run[] = [
      [3, 2],
      [63, 2],
    ];
    const answer = refusal('5/21/00', { information: 64 }, 40);
    expect(unmap(list(runs))).toEqual({ answer, left: untouched });
  });

  it('refuses a run of 0 blocks past the capacity', () => {
    const answer = refusal('5/21/00', { information: 65 }, 24);
    expect(unmap(list([[65, 0]]))).toEqual({ answer, left: untouched });
  });

  it('refuses an LBA at the end of 64 bits', () => {
    const answer = refusal('5/21/00', {}, 24);
    expect(unmap(list([[2n ** 64n - 1n, 1]]))).toEqual({ answer, left: untouched });
    expect(unmap(list([[2n ** 64n - 1n, 0xffff_ffff]]))).toEqual({ answer, left: untouched });
  });

  it('names that LBA exactly in descriptor format', () => {
    const { answer } = unmap(list([[2n ** 64n - 2n, 1]]), { descriptorSense: true });
    expect(answer.sense?.subarray(12)).toEqual(hex('fffffffffffffffe'));
  });

  it('refuses more descriptors than MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT, at their length', () => {
    const runs: Run[] = [
      [0, 1],
      [1, 1],
      [2, 1],
    ];
    const answer = refusal('5/26/00', { list: [2] }, 56);
    const expected = { answer, left: untouched };
    expect(unmap(list(runs), { maxUnmapDescriptors: 2 })).toEqual(expected);
    expect(unmap(list(runs), { maxUnmapDescriptors: 3 }).left).toEqual(blocksBut(0, 1, 2));
  });

  it('refuses more blocks than MAXIMUM UNMAP LBA COUNT in all, at the run that is too much', () => {
    const runs: Run[] = [
      [0, 4],
      [8, 5],
    ];
    const answer = refusal('5/26/00', { list: [32] }, 40); // NUMBER OF LOGICAL BLOCKS of the second
    const expected = { answer, left: untouched };
    expect(unmap(list(runs), { maxUnmapBlocks: 8 })).toEqual(expected);
    expect(unmap(list(runs), { maxUnmapBlocks: 9 }).answer).toEqual(good('', 40));
  });

  it('refuses ANCHOR', () => {
    const { answer, left: after } = unmap(list([[0, 1]]), {}, '42 01 00000000 00 0018 00');
    expect(answer).toEqual(refusal('5/24/00', { cdb: [1, 0] }));
    expect(after).toEqual(untouched);
  });

  it('is refused on a write-protected unit', () => {
    const { answer, left: after } = unmap(list([[0, 1]]), { readOnly: true });
    expect(answer).toEqual(refusal('7/27/00'));
    expect(after).toEqual(untouched);
  });

  it('is not there on a fully provisioned unit', () => {
    const { answer, left: after } = unmap(list([[0, 1]]), { thin: false });
    expect(answer).toEqual(refusal('5/20/00', { cdb: [0] }));
    expect(after).toEqual(untouched);
  });

  it('unmaps one run after the other where the backend takes its time', async () => {
    const backend = new HeldBackend();
    const bytes = list([
      [0, 8],
      [32, 8],
    ]);
    const done = bench({ backend }).sendAsync(cdb(40), { out: bytes });
    expect(backend.pending).toEqual(['unmap 0+8']);
    backend.finish();
    await settle();
    expect(backend.pending).toEqual(['unmap 32+8']);
    backend.finish();
    expect(await done).toEqual(good('', 40));
  });

  it('waits for a read of the same blocks', async () => {
    const backend = new HeldBackend();
    const { sendAsync } = bench({ backend });
    const read = sendAsync('28 00 00000000 00 0008 00');
    const done = sendAsync(cdb(24), { out: list([[7, 1]]) });
    expect(backend.pending).toEqual(['read 0+8']);
    backend.finish();
    await read;
    await settle();
    backend.finish('unmap 7+1');
    expect(await done).toEqual(good('', 24));
  });
});
