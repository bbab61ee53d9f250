/** An initiator that moves data: sessions one after the other, each with its own part of the disk. */
import { setTimeout as delay } from 'node:timers/promises';
import { putU32 } from '../src/bytes.ts';
import { ScsiError } from '../src/index.ts';
import type { InitiatorCommand, IscsiInitiator } from '../src/transport/iscsi/index.ts';
import { HOT_LUN, MOVED_LUNS } from './names.ts';
import { randomOf, type Random } from './random.ts';
import { leave, logIn, type Tally } from './soak-session.ts';

/** Blocks of a mover's own part, in places of 8. */
const PLACES = 1024;
const PLACE_BLOCKS = 8;
const PLACE_BYTES = PLACE_BLOCKS * 512;
/** Most places that are moved at once, 128 KiB: from 16 KiB on memory is used again. */
const MOST_PLACES = 32;

const TASK_ABORTED = 0x40;
const LOGICAL_UNIT_NOT_SUPPORTED = 0x25;

/** Writes, reads back, flushes and aborts, with one session after the other. */
export class Mover {
  readonly #port: number;
  readonly #number: number;
  readonly #lun: number;
  readonly #random: Random;
  readonly #tally: Tally;
  /** What its part holds, by place; what it does not know is not there. */
  readonly #written = new Map<number, Uint8Array>();

  constructor(port: number, number: number, seed: number, tally: Tally) {
    this.#port = port;
    this.#number = number;
    this.#lun = MOVED_LUNS[number % MOVED_LUNS.length]!;
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
        return session.disk(this.#lun).synchronizeCache();
      default:
        return this.#move(session);
    }
  }

  /** Writes a place, or several, or reads them back. */
  async #move(session: IscsiInitiator): Promise<void> {
    const places = this.#random.chance(0.1) ? 1 + this.#random.int(MOST_PLACES) : 1;
    const first = this.#number * PLACES + this.#random.int(PLACES - places + 1);
    const lba = first * PLACE_BLOCKS;
    const disk = session.disk(this.#lun);
    const reads = this.#written.has(first) && this.#random.chance(0.5);
    if (reads) {
      const read = await disk.read({ lba, blocks: places * PLACE_BLOCKS });
      for (let i = 0; i < places; i++) this.#compare(first + i, placeOf(read, i));
      return;
    }
    const data = this.#random.bytes(places * PLACE_BYTES);
    for (let i = 0; i < places; i++) this.#written.delete(first + i);
    await disk.write({ lba, data, fua: this.#random.chance(0.1) });
    for (let i = 0; i < places; i++) this.#written.set(first + i, placeOf(data, i).slice());
  }

  #compare(place: number, read: Uint8Array): void {
    const expected = this.#written.get(place);
    if (expected === undefined || Buffer.compare(read, expected) === 0) return;
    const at = `LBA ${place * PLACE_BLOCKS} of LUN ${this.#lun}`;
    throw new Error(`initiator ${this.#number} read something else at ${at} than it wrote`);
  }

  /** A large read or write that may have ended when it is aborted, or not. */
  async #abort(session: IscsiInitiator): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    const moving = session.execute({ lun: this.#lun, signal, ...this.#largeCommand() });
    if (this.#random.chance(0.5)) await delay(0);
    controller.abort();
    await moving.catch((error: unknown) => {
      if (error !== signal.reason) throw error;
    });
    this.#tally.aborts++;
  }

  #largeCommand(): Pick<InitiatorCommand, 'cdb' | 'dataOut' | 'dataInLength'> {
    if (this.#random.chance(0.5)) {
      const cdb = Uint8Array.of(0x28, 0, 0, 0, 0, 0, 0, 0x08, 0, 0); // READ(10) of 800h blocks
      return { cdb, dataInLength: 0x800 * 512 };
    }
    const first = this.#number * PLACES + this.#random.int(PLACES - MOST_PLACES + 1);
    // Whether it is written before it is aborted is not known.
    for (let i = 0; i < MOST_PLACES; i++) this.#written.delete(first + i);
    const cdb = Uint8Array.of(0x2a, 0, 0, 0, 0, 0, 0, 0x01, 0, 0); // WRITE(10) of 100h blocks
    putU32(cdb, 2, first * PLACE_BLOCKS);
    return { cdb, dataOut: new Uint8Array(MOST_PLACES * PLACE_BYTES).fill(this.#random.int(256)) };
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

/** The bytes of one of several places. */
const placeOf = (bytes: Uint8Array, i: number): Uint8Array =>
  bytes.subarray(i * PLACE_BYTES, (i + 1) * PLACE_BYTES);
