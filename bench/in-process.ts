/** Commands that never leave the process: what the device server costs beside moving the bytes. */
import { createDisk, createTarget } from '../src/index.ts';
import { memoryBackend } from '../src/backend/memory.ts';
import { putU32 } from '../src/bytes.ts';
import { decodeCdb } from '../src/cdb/index.ts';
import { isPromise } from '../src/maybe-promise.ts';
import type { Task } from '../src/scsi/index.ts';
import { nanosecondsOf, type Comparison } from './measure.ts';

const BLOCK = 512;
const LENGTH = 4096;
const SIZE = 64 * 1024 * 1024;
/** Places that are visited in turn, more than any cache holds at once. */
const PLACES = 16_384;

/** Milliseconds a measurement. */
const TIME = 400;

/** Byte addresses at random, the same in every run (a linear congruential generator). */
function places(): Uint32Array {
  let state = 12_345;
  return Uint32Array.from({ length: PLACES }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return ((state >>> 8) % (SIZE / LENGTH)) * LENGTH;
  });
}

/**
 * READ(10) or WRITE(10) of 4 KiB at each of the places in turn. It is always the same CDB, written anew
 * for each command: as where commands arrive, what was just made is in the cache.
 */
function commands(opcode: number): (i: number) => Uint8Array {
  const at = places();
  const cdb = Uint8Array.of(opcode, 0, 0, 0, 0, 0, 0, 0, LENGTH / BLOCK, 0);
  return (i) => {
    putU32(cdb, 2, at[i % PLACES]! / BLOCK);
    return cdb;
  };
}

function nexus() {
  const target = createTarget([createDisk({ backend: memoryBackend({ size: SIZE }) })]);
  const made = target.addPort({ name: 'bench' }).nexus('bench');
  const send = (task: Task): void => {
    const response = made.execute(task);
    if (isPromise(response) || response === undefined) throw new Error('It had to wait.');
    response.release?.();
    if (response.status !== 0) throw new Error(`status ${response.status}`);
  };
  // The first command only hears of the power on; then every page is written, so that none is a hole.
  void made.execute({ lun: 0, tag: 0, cdb: new Uint8Array(6) });
  const bytes = new Uint8Array(LENGTH).fill(1);
  const write = commands(0x2a);
  for (let i = 0; i < PLACES; i++) send({ lun: 0, tag: 0, cdb: write(i), dataOut: () => bytes });
  return send;
}

/** 4 KiB copies between a buffer and places in 64 MiB, with nothing else. */
function bareCopy(direction: 'in' | 'out'): () => number {
  const memory = new Uint8Array(SIZE).fill(1);
  const buffer = new Uint8Array(LENGTH).fill(2);
  const at = places();
  return () =>
    nanosecondsOf((i) => {
      const address = at[i % PLACES]!;
      if (direction === 'in') buffer.set(memory.subarray(address, address + LENGTH));
      else memory.set(buffer, address);
    }, TIME);
}

function reads(): () => number {
  const send = nexus();
  const read = commands(0x28);
  const dataIn = new Uint8Array(LENGTH);
  return () => nanosecondsOf((i) => send({ lun: 0, tag: i, cdb: read(i), dataIn }), TIME);
}

function writes(): () => number {
  const send = nexus();
  const write = commands(0x2a);
  const bytes = new Uint8Array(LENGTH).fill(3);
  const dataOut = (): Uint8Array => bytes;
  return () => nanosecondsOf((i) => send({ lun: 0, tag: i, cdb: write(i), dataOut }), TIME);
}

function inquiries(): () => number {
  const send = nexus();
  const cdb = Uint8Array.of(0x12, 0, 0, 0, 96, 0);
  return () => nanosecondsOf((i) => send({ lun: 0, tag: i, cdb }), TIME);
}

/** READ(10), WRITE(16), INQUIRY, TEST UNIT READY, UNMAP. */
const MIXED = [
  Uint8Array.of(0x28, 0, 0, 0, 1, 0, 0, 0, 8, 0),
  Uint8Array.of(0x8a, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 8, 0, 0),
  Uint8Array.of(0x12, 0, 0, 0, 96, 0),
  new Uint8Array(6),
  Uint8Array.of(0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0),
] as const;

const GOAL = { at: 'most', ratio: 2 } as const;

/** What there is to compare in one process. */
export const IN_PROCESS: readonly Comparison[] = [
  {
    name: 'READ(10) of 4 KiB into the caller’s buffer, to a bare copy',
    unit: 'ns',
    goal: GOAL,
    prepare: () => ({ subject: reads(), baseline: bareCopy('in') }),
  },
  {
    name: 'WRITE(10) of 4 KiB from the caller’s buffer, to a bare copy',
    unit: 'ns',
    goal: GOAL,
    prepare: () => ({ subject: writes(), baseline: bareCopy('out') }),
  },
  {
    name: 'INQUIRY, to 1 µs',
    unit: 'ns',
    prepare: () => ({ subject: inquiries(), baseline: () => 1000 }),
  },
  {
    name: 'decoding CDBs of several kinds, to 250 ns',
    unit: 'ns',
    prepare: () => ({
      subject: () => nanosecondsOf((i) => decodeCdb(MIXED[i % MIXED.length]!), TIME),
      baseline: () => 250,
    }),
  },
];
