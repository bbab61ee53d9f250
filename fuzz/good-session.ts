/** A session that behaves, and has to notice nothing of what is done to the others. */
import { setTimeout as delay } from 'node:timers/promises';
import { DiskClient } from '../src/index.ts';
import { IscsiInitiator } from '../src/transport/iscsi/index.ts';
import { GOOD } from './names.ts';
import { randomOf } from './random.ts';

const BLOCKS = 8;
const PLACES = 256;
/** No attack has this number. */
const GOOD_STREAM = 0xffff_ffff;

/** What a good session has done. */
export interface GoodSession {
  /** Operations that were answered. */
  readonly operations: number;
  /** Milliseconds that the slowest took. */
  readonly slowest: number;
  /** Ends it; rejects where something was wrong: an error, or data that is not what was written. */
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
  const done = { operations: 0, slowest: 0, stopped: false };
  const work = (async () => {
    const written = new Map<number, Uint8Array>();
    while (!done.stopped) {
      const begin = performance.now();
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
      done.operations++;
      done.slowest = Math.max(done.slowest, performance.now() - begin);
      await delay(1);
    }
    await initiator.logout();
  })();
  // It is looked at when it is stopped.
  work.catch(() => {});
  return {
    get operations() {
      return done.operations;
    },
    get slowest() {
      return done.slowest;
    },
    stop() {
      done.stopped = true;
      return work;
    },
  };
}
