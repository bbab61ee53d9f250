/** A session that behaves, and has to notice nothing of what is done to the others. */
import { setTimeout as delay } from 'node:timers/promises';
import { DiskClient } from '../src/index.ts';
import { IscsiInitiator } from '../src/transport/iscsi/index.ts';
import { GOOD } from './names.ts';
import { randomOf, type Random } from './random.ts';

const BLOCKS = 8;
const PLACES = 256;
/** No attack has this number. */
const GOOD_STREAM = 0xffff_ffff;
/** Milliseconds that an operation may take on a machine that does other things, too. */
const PATIENCE = 10_000;

/** What a good session does. */
export interface GoodSession {
  /** Operations that were answered. */
  readonly operations: number;
  /** Milliseconds that the slowest took. */
  readonly slowest: number;
  /** Rejects as soon as something is wrong: an error, no answer in time, or data that is not what was written. */
  readonly failed: Promise<never>;
  /** Ends it in order; rejects where that cannot be. */
  stop(): Promise<void>;
}

/** Writes and reads back until it is stopped. */
export async function goodSession(port: number, seed: number): Promise<GoodSession> {
  const initiator = await IscsiInitiator.connect({
    host: '127.0.0.1',
    port,
    targetName: GOOD,
    initiatorName: 'iqn.2026-11.com.example:well-behaved',
  });
  const disk = new DiskClient(initiator, 0);
  const random = randomOf(seed, GOOD_STREAM);
  const written = new Map<number, Uint8Array>();
  const done = { operations: 0, slowest: 0, stopped: false };
  const work = (async () => {
    while (!done.stopped) {
      const begin = performance.now();
      await inTime(moveOnce(disk, random, written));
      done.operations++;
      done.slowest = Math.max(done.slowest, performance.now() - begin);
      await delay(1);
    }
    await inTime(initiator.logout());
  })();
  const failed = new Promise<never>((_, reject) => void work.catch(reject));
  // It is looked at where something waits for it.
  failed.catch(() => {});
  return {
    get operations() {
      return done.operations;
    },
    get slowest() {
      return done.slowest;
    },
    failed,
    stop() {
      done.stopped = true;
      return work;
    },
  };
}

async function moveOnce(
  disk: DiskClient,
  random: Random,
  written: Map<number, Uint8Array>,
): Promise<void> {
  const place = random.int(PLACES);
  const lba = place * BLOCKS;
  const expected = written.get(place);
  if (expected === undefined || random.chance(0.5)) {
    const data = random.bytes(BLOCKS * 512);
    await disk.write({ lba, data });
    written.set(place, data);
  } else if (Buffer.compare(await disk.read({ lba, blocks: BLOCKS }), expected) !== 0) {
    throw new Error(`the good session read something else at LBA ${lba} than it wrote`);
  }
}

async function inTime(operation: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the good session had no answer in ${PATIENCE / 1000} s`)),
      PATIENCE,
    );
  });
  try {
    await Promise.race([operation, late]);
  } finally {
    clearTimeout(timer);
  }
}
