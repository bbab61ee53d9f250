/** An initiator that moves data: sessions one after the other, each with its own part of the disk. */
import { setTimeout as delay } from 'node:timers/promises';
import { ScsiError } from '../src/index.ts';
import type { IscsiInitiator } from '../src/transport/iscsi/index.ts';
import { HOT_LUN, MOVED_LUN } from './names.ts';
import { randomOf, type Random } from './random.ts';
import { leave, logIn, type Tally } from './soak-session.ts';

/** Blocks of a mover's own part, in places of 8. */
const PLACES = 1024;
const PLACE_BLOCKS = 8;

const TASK_ABORTED = 0x40;
const LOGICAL_UNIT_NOT_SUPPORTED = 0x25;

/** Writes, reads back, flushes and aborts, with one session after the other. */
export class Mover {
  readonly #port: number;
  readonly #number: number;
  readonly #random: Random;
  readonly #tally: Tally;
  /** What its part holds, by place; what it does not know is not there. */
  readonly #written = new Map<number, Uint8Array>();

  constructor(port: number, number: number, seed: number, tally: Tally) {
    this.#port = port;
    this.#number = number;
    this.#random = randomOf(seed, number);
    this.#tally = tally;
  }

  /** Goes on until it is over; rejects at the first wrong answer. */
  async work(over: () => boolean): Promise<void> {
    while (!over()) {
      const session = await logIn(this.#port, this.#random, this.#tally, this.#number);
      for (let i = 20 + this.#random.int(400); i > 0 && !over(); i--) await this.#step(session);
      await leave(session, this.#random);
    }
  }

  async #step(session: IscsiInitiator): Promise<void> {
    this.#tally.operations++;
    switch (this.#random.int(40)) {
      case 0:
        return this.#abort(session);
      case 1:
        return this.#reach(session);
      case 2:
        return session.disk(MOVED_LUN).synchronizeCache();
      default:
        return this.#move(session);
    }
  }

  /** Writes a place, or reads it back. */
  async #move(session: IscsiInitiator): Promise<void> {
    const place = this.#number * PLACES + this.#random.int(PLACES);
    const lba = place * PLACE_BLOCKS;
    const expected = this.#written.get(place);
    const disk = session.disk(MOVED_LUN);
    if (expected === undefined || this.#random.chance(0.5)) {
      const data = this.#random.bytes(PLACE_BLOCKS * 512);
      this.#written.delete(place);
      await disk.write({ lba, data, fua: this.#random.chance(0.1) });
      this.#written.set(place, data);
      return;
    }
    const read = await disk.read({ lba, blocks: PLACE_BLOCKS });
    if (Buffer.compare(read, expected) !== 0)
      throw new Error(`initiator ${this.#number} read something else at LBA ${lba} than it wrote`);
  }

  /** A large read that may have ended when it is aborted, or not. */
  async #abort(session: IscsiInitiator): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    const reading = session.execute({
      lun: MOVED_LUN,
      cdb: Uint8Array.of(0x28, 0, 0, 0, 0, 0, 0, 0x08, 0, 0), // READ(10) of 800h blocks
      dataInLength: 0x800 * 512,
      signal,
    });
    if (this.#random.chance(0.5)) await delay(0);
    controller.abort();
    await reading.catch((error: unknown) => {
      if (error !== signal.reason) throw error;
    });
    this.#tally.aborts++;
  }

  /** The LUN that comes and goes is there, or it is not, or it goes away at this moment. */
  async #reach(session: IscsiInitiator): Promise<void> {
    try {
      await session.disk(HOT_LUN).read({ lba: this.#random.int(1024), blocks: 1 });
      this.#tally.found++;
    } catch (error) {
      if (!(error instanceof ScsiError)) throw error;
      const gone = error.sense?.asc === LOGICAL_UNIT_NOT_SUPPORTED || error.status === TASK_ABORTED;
      if (!gone) throw error;
      this.#tally.missed++;
    }
  }
}
