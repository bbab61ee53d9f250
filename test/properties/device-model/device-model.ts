/**
 * A disk once more, written down from SAM, SPC and SBC without looking at the implementation: an
 * array of bytes, lists of what each nexus has still to be told, and a few flags. It makes the
 * CDB of each step, byte by byte, and says how the disk has to answer.
 */
import { be, hex } from '../../scsi/disk-under-test.ts';
import { ReservationModel } from '../../scsi/reservation-model.ts';
import { BLOCK, BLOCKS, NEXUSES, type Action, type Key, type Step, type Who } from './steps.ts';

/** How the disk has to answer. */
export interface Expected {
  readonly status: number;
  /** Sense key, ASC, ASCQ in hexadecimal: `5/24/00`. */
  readonly sense?: string;
  readonly information?: number;
  /** D_SENSE as it was when the command ended. */
  readonly descriptor?: boolean;
  /** The data-in, or a check of it that gives what is wrong. */
  readonly data?: Uint8Array | ((data: Uint8Array) => string | undefined);
}

/** A command with the answer that it has to get. */
export interface Exchange {
  readonly cdb: string;
  readonly out?: Uint8Array;
  readonly expected: Expected;
}

/** What the disk under test is. */
export interface Traits {
  readonly thin: boolean;
  readonly atomic: boolean;
  /** The Control mode page as it is at the beginning. */
  readonly controlPage: Uint8Array;
}

const GOOD: Expected = { status: 0 };
const CONDITION_MET: Expected = { status: 0x04 };
const CONFLICT: Expected = { status: 0x18 };

/** Resets cover each other: the strongest first. */
const RESETS = ['29/00', '29/03', '29/07'];

/** What a reservation thinks of a command. */
type Access = 'always' | 'not reserved' | 'read' | 'write' | 'persistent';

const bits = (...flags: (readonly [boolean, number])[]): number =>
  flags.reduce((byte, [on, mask]) => (on ? byte | mask : byte), 0);

/** Every byte hangs on the seed and its place. */
export function pattern(seed: number, lba: number, blocks: number): Uint8Array {
  const bytes = new Uint8Array(blocks * BLOCK);
  for (let i = 0; i < bytes.length; i++) {
    const block = lba + Math.floor(i / BLOCK);
    bytes[i] = i % BLOCK < 2 ? block >> (8 * (i % BLOCK)) : seed % 3 === 0 ? 0 : seed + (i >> 6);
  }
  return bytes;
}

export class DeviceModel {
  readonly bytes: Uint8Array = new Uint8Array(BLOCKS * BLOCK);
  /** Blocks that hold data since they were last unmapped. */
  readonly #written = new Set<number>();
  readonly #traits: Traits;
  readonly #told = new Map<Who, string[]>(NEXUSES.map((who) => [who, []]));
  readonly #reservations = new ReservationModel(1000);
  #reserve: Who | undefined;
  #swp = false;
  #dSense = false;
  #started = true;
  #loaded = true;
  readonly #preventing = new Set<Who>();

  constructor(traits: Traits) {
    this.#traits = traits;
  }

  /** The command of a step with its answer; the model is then as the disk has to be. */
  exchange(step: Step): Exchange {
    switch (step.do) {
      case 'READ':
        return this.#transfer(step, [0x08, 0x28, 0xa8, 0x88], (cdb, blocks) => ({
          cdb,
          expected: this.#access(step, 'read', () => {
            if (step.lba + blocks > BLOCKS) return this.#outOfRange(step);
            return { status: 0, data: this.#slice(step.lba, blocks).slice() };
          }),
        }));
      case 'WRITE':
        return this.#transfer(step, [0x0a, 0x2a, 0xaa, 0x8a], (cdb, blocks) => ({
          cdb,
          ...this.#write(step, blocks),
        }));
      case 'WRITE AND VERIFY':
        return {
          cdb: `ae 02 ${be(step.lba, 4)} ${be(step.blocks, 4)} 00 00`,
          ...this.#write(step, step.blocks),
        };
      case 'WRITE ATOMIC':
        return {
          cdb: `9c 00 ${be(step.lba, 8)} 0000 ${be(step.blocks, 2)} 00 00`,
          ...(this.#traits.atomic
            ? this.#write(step, step.blocks)
            : { expected: this.#refusal('5/20/00') }),
        };
      case 'ORWRITE':
        return this.#orwrite(step);
      case 'VERIFY':
        return this.#verify(step);
      case 'COMPARE AND WRITE':
        return this.#compareAndWrite(step);
      case 'WRITE SAME':
        return this.#writeSame(step);
      case 'UNMAP':
        return this.#unmap(step);
      case 'GET LBA STATUS':
        return {
          cdb: `9e 12 ${be(step.lba, 8)} 00000088 00 00`,
          expected: this.#access(step, 'read', () =>
            step.lba >= BLOCKS
              ? this.#refusal('5/21/00', step.lba)
              : { status: 0, data: (data) => this.#wrongStatus(step.lba, data) },
          ),
        };
      case 'SYNCHRONIZE CACHE':
        return {
          cdb: `91 00 ${be(step.lba, 8)} ${be(step.blocks, 4)} 00 00`,
          expected: this.#access(step, 'write', () =>
            step.lba + step.blocks > BLOCKS ? this.#outOfRange(step) : GOOD,
          ),
        };
      case 'PRE-FETCH':
        return {
          cdb: `34 00 ${be(step.lba, 4)} 00 ${be(step.blocks, 2)} 00`,
          expected: this.#access(step, 'read', () =>
            step.lba + step.blocks > BLOCKS ? this.#outOfRange(step) : CONDITION_MET,
          ),
        };
      default:
        return this.#ofState(step);
    }
  }

  #ofState(step: Step): Exchange {
    switch (step.do) {
      case 'TEST UNIT READY':
        return { cdb: '00 00000000 00', expected: this.#access(step, 'not reserved', () => GOOD) };
      case 'READ CAPACITY':
        return {
          cdb: '25 00 00000000 0000 00 00',
          expected: this.#access(step, 'always', () => ({
            status: 0,
            data: hex(be(BLOCKS - 1, 4) + be(BLOCK, 4)),
          })),
        };
      case 'INQUIRY':
        return {
          cdb: '12 00 00 0002 00',
          expected: { status: 0, data: hex('00 80') }, // a removable disk
        };
      case 'REPORT LUNS':
        return {
          cdb: 'a0 00 00 000000 00000100 00 00',
          expected: { status: 0, data: hex('00000008 00000000 0000000000000000') },
        };
      case 'REQUEST SENSE':
        return this.#requestSense(step);
      case 'MODE SENSE':
        return {
          cdb: '1a 08 0a 00 ff 00',
          expected: this.#check(step, 'read', () => ({
            status: 0,
            data: (data) =>
              (data[2] ?? 0) >> 7 === Number(this.#swp) &&
              ((data[8] ?? 0) >> 3) % 2 === Number(this.#swp) &&
              ((data[6] ?? 0) >> 2) % 2 === Number(this.#dSense)
                ? undefined
                : `WP, SWP or D_SENSE is wrong: ${data.join(' ')}`,
          })),
        };
      case 'MODE SELECT':
        return this.#modeSelect(step);
      case 'START STOP UNIT':
        return this.#startStop(step);
      case 'PREVENT ALLOW':
        return {
          cdb: `1e 000000 ${be(Number(step.prevent), 1)} 00`,
          expected: this.#check(step, step.prevent ? 'write' : 'always', () => {
            if (step.prevent) this.#preventing.add(step.who);
            else this.#preventing.delete(step.who);
            return GOOD;
          }),
        };
      default:
        return this.#ofSharing(step);
    }
  }

  #ofSharing(step: Step): Exchange {
    const { who } = step;
    switch (step.do) {
      case 'RESERVE':
      case 'RELEASE':
        return {
          cdb: step.do === 'RESERVE' ? '16 00 00 00 00 00' : '17 00 00 00 00 00',
          expected: this.#check(step, 'always', () => this.#spc2(who, step.do === 'RESERVE')),
        };
      case 'REGISTER':
        return this.#out(step, step.ignore ? 6 : 0, step.key, { newKey: step.newKey }, (key) =>
          this.#reservations.register(
            who,
            step.ignore ? undefined : key,
            BigInt(step.newKey),
            [],
            false,
            false,
          ),
        );
      case 'PR RESERVE':
        return this.#out(step, 1, step.key, { type: step.type }, (key) =>
          this.#reservations.reserve(who, key, step.type),
        );
      case 'PR RELEASE':
        return this.#out(step, 2, step.key, { type: step.type }, (key) =>
          this.#reservations.release(who, key, 0, step.type),
        );
      case 'PR CLEAR':
        return this.#out(step, 3, step.key, {}, (key) => this.#reservations.clear(who, key));
      case 'PREEMPT':
        return this.#out(
          step,
          step.abort ? 5 : 4,
          step.key,
          { newKey: step.victim, type: step.type },
          (key) => {
            const outcome = this.#reservations.preempt(
              who,
              key,
              BigInt(step.victim),
              0,
              step.type,
              step.abort,
            );
            // PREEMPT AND ABORT ends what the preempted prevent.
            for (const each of this.#reservations.aborted)
              if (outcome === 'done') this.#preventing.delete(each as Who);
            return outcome;
          },
        );
      case 'READ KEYS':
        return {
          cdb: '5e 00 0000000000 0100 00',
          expected: this.#check(step, 'persistent', () => ({
            status: 0,
            data: (data) => this.#wrongKeys(data),
          })),
        };
      case 'READ RESERVATION':
        return {
          cdb: '5e 01 0000000000 0100 00',
          expected: this.#check(step, 'persistent', () => ({
            status: 0,
            data: hex(this.#reservationHeld()),
          })),
        };
      default:
        throw new Error(`no command: ${step.do}`);
    }
  }

  /** LOGICAL UNIT RESET and I_T NEXUS RESET. */
  manage(step: Step): void {
    if (step.do === 'LOGICAL UNIT RESET') {
      this.#reserve = undefined;
      this.#preventing.clear();
      this.#swp = false;
      this.#dSense = false;
      for (const who of NEXUSES) this.#tell(who, '29/03');
    } else {
      if (this.#reserve === step.who) this.#reserve = undefined;
      this.#preventing.delete(step.who);
      this.#tell(step.who, '29/07');
    }
  }

  /** Everyone is told of the power on when they first come. */
  powerOn(): void {
    for (const who of NEXUSES) this.#tell(who, '29/00');
  }

  #tell(who: Who, what: string): void {
    const list = this.#told.get(who)!;
    if (list.includes(what)) return;
    if (!RESETS.includes(what)) {
      list.push(what);
      return;
    }
    const had = list.findIndex((each) => RESETS.includes(each));
    if (had >= 0) {
      if (RESETS.indexOf(list[had]!) < RESETS.indexOf(what)) return;
      list.splice(had, 1);
    }
    list.unshift(what);
  }

  #refusal(sense: string, information?: number): Expected {
    return {
      status: 0x02,
      sense,
      descriptor: this.#dSense,
      ...(information !== undefined && { information }),
    };
  }

  #outOfRange({ lba }: { readonly lba: number }): Expected {
    return this.#refusal('5/21/00', Math.max(lba, BLOCKS));
  }

  #slice(lba: number, blocks: number): Uint8Array {
    return this.bytes.subarray(lba * BLOCK, (lba + blocks) * BLOCK);
  }

  #store(lba: number, data: Uint8Array): void {
    this.bytes.set(data, lba * BLOCK);
    for (let i = 0; i < data.length / BLOCK; i++) this.#written.add(lba + i);
  }

  /** Unit attention, then reservations; then what the command does. */
  #check(step: Step, access: Access, then: () => Expected): Expected {
    const told = this.#told.get(step.who)!.shift();
    if (told !== undefined) return this.#refusal(`6/${told}`);
    if (access !== 'always') {
      if (this.#reserve !== undefined && (access === 'persistent' || this.#reserve !== step.who))
        return CONFLICT;
      const may = this.#reservations.access(step.who);
      if (access === 'read' && !may.read) return CONFLICT;
      if (access === 'write' && !may.write) return CONFLICT;
    }
    return then();
  }

  /** Besides that, the medium has to be there, and for a write not be write-protected. */
  #access(step: Step, access: Access, then: () => Expected): Expected {
    const changes = !['SYNCHRONIZE CACHE', 'TEST UNIT READY'].includes(step.do);
    return this.#check(step, access, () => {
      if (!this.#loaded) return this.#refusal('2/3a/00');
      if (!this.#started) return this.#refusal('2/04/02');
      if (access === 'write' && changes && this.#swp) return this.#refusal('7/27/02');
      return then();
    });
  }

  #transfer(
    step: Extract<Action, { readonly form: number }>,
    [six, ten, twelve, sixteen]: readonly [number, number, number, number],
    make: (cdb: string, blocks: number) => Exchange,
  ): Exchange {
    const { form, lba, blocks } = step;
    const flags = be(bits([step.fua, 0x08]), 1);
    switch (form) {
      case 6: // 0 blocks are 256
        return make(`${be(six, 1)} ${be(lba, 3)} ${be(blocks % 256, 1)} 00`, blocks % 256 || 256);
      case 10:
        return make(`${be(ten, 1)} ${flags} ${be(lba, 4)} 00 ${be(blocks, 2)} 00`, blocks);
      case 12:
        return make(`${be(twelve, 1)} ${flags} ${be(lba, 4)} ${be(blocks, 4)} 00 00`, blocks);
      case 16:
        return make(`${be(sixteen, 1)} ${flags} ${be(lba, 8)} ${be(blocks, 4)} 00 00`, blocks);
    }
  }

  #write(
    step: Step & { readonly lba: number; readonly seed: number },
    blocks: number,
  ): Omit<Exchange, 'cdb'> {
    const out = pattern(step.seed, step.lba, blocks);
    const expected = this.#access(step, 'write', () => {
      if (step.lba + blocks > BLOCKS) return this.#outOfRange(step);
      this.#store(step.lba, out);
      return GOOD;
    });
    return { out, expected };
  }

  #orwrite(step: Extract<Step, { readonly seed: number }>): Exchange {
    const { lba, blocks } = step;
    const out = pattern(step.seed, lba, blocks);
    const expected = this.#access(step, 'write', () => {
      if (lba + blocks > BLOCKS) return this.#outOfRange(step);
      this.#store(
        lba,
        this.#slice(lba, blocks).map((byte, i) => byte | (out[i] ?? 0)),
      );
      return GOOD;
    });
    return { cdb: `8b 00 ${be(lba, 8)} ${be(blocks, 4)} 00 00`, out, expected };
  }

  #verify(step: Extract<Step, { readonly do: 'VERIFY' | 'COMPARE AND WRITE' }>): Exchange {
    const { lba, blocks, byteCheck, wrong } = step;
    const there = Math.max(0, Math.min(blocks, BLOCKS - lba));
    const out =
      byteCheck === 0
        ? undefined
        : byteCheck === 3
          ? new Uint8Array(BLOCK).map((_, i) => this.#slice(lba, Math.min(there, 1))[i] ?? 0)
          : new Uint8Array(blocks * BLOCK).map((_, i) => this.#slice(lba, there)[i] ?? 0);
    if (out !== undefined && wrong !== undefined && wrong < out.length) out[wrong]! ^= 0x10;
    const expected = this.#access(step, 'read', () => {
      if (lba + blocks > BLOCKS) return this.#outOfRange(step);
      if (out === undefined) return GOOD;
      for (let i = 0; i < blocks; i++) {
        const wanted = byteCheck === 3 ? out : out.subarray(i * BLOCK, (i + 1) * BLOCK);
        if (Buffer.compare(this.#slice(lba + i, 1), wanted) !== 0)
          return this.#refusal('e/1d/00', lba + i);
      }
      return GOOD;
    });
    const cdb = `8f ${be(byteCheck << 1, 1)} ${be(lba, 8)} ${be(blocks, 4)} 00 00`;
    return { cdb, expected, ...(out && { out }) };
  }

  #compareAndWrite(step: Extract<Step, { readonly do: 'VERIFY' | 'COMPARE AND WRITE' }>): Exchange {
    const { lba, wrong } = step;
    // NUMBER OF LOGICAL BLOCKS has 8 bits.
    const blocks = step.blocks % 256;
    const half = blocks * BLOCK;
    const there = this.#slice(lba, Math.max(0, Math.min(blocks, BLOCKS - lba)));
    const out = new Uint8Array(2 * half);
    out.set(there);
    out.set(pattern(step.seed, lba, blocks), half);
    const differs = wrong !== undefined && wrong < half;
    if (differs) out[wrong]! ^= 0x01;
    const expected = this.#access(step, 'write', () => {
      if (lba + blocks > BLOCKS) return this.#outOfRange(step);
      if (differs) return this.#refusal('e/1d/00', wrong);
      this.#store(lba, out.subarray(half));
      return GOOD;
    });
    return { cdb: `89 00 ${be(lba, 8)} 000000 ${be(blocks, 1)} 00 00`, out, expected };
  }

  #writeSame(step: Extract<Step, { readonly do: 'WRITE SAME' }>): Exchange {
    const { lba, unmap, noDataOut } = step;
    const flags = be(bits([unmap, 0x08], [noDataOut, 0x01]), 1);
    const out = noDataOut ? new Uint8Array(0) : pattern(step.seed, 0, 1);
    const block = noDataOut ? new Uint8Array(BLOCK) : out;
    const expected = this.#access(step, 'write', () => {
      if (unmap && !this.#traits.thin) return this.#refusal('5/24/00');
      if (lba + step.blocks > BLOCKS) return this.#outOfRange(step);
      const blocks = step.blocks || BLOCKS - lba; // 0: to the end
      for (let i = lba; i < lba + blocks; i++) this.#store(i, block);
      if (unmap && block.every((byte) => byte === 0)) this.#deallocate(lba, blocks);
      return GOOD;
    });
    return { cdb: `93 ${flags} ${be(lba, 8)} ${be(step.blocks, 4)} 00 00`, out, expected };
  }

  #unmap(step: Extract<Step, { readonly do: 'UNMAP' }>): Exchange {
    const { ranges } = step;
    const descriptors = ranges.map(([lba, blocks]) => `${be(lba, 8)} ${be(blocks, 4)} 00000000`);
    const size = 16 * ranges.length;
    const out = hex(`${be(size + 6, 2)} ${be(size, 2)} 00000000 ${descriptors.join('')}`);
    const cdb = `42 00 00000000 00 ${be(out.length, 2)} 00`;
    if (!this.#traits.thin) return { cdb, out, expected: this.#refusal('5/20/00') };
    const expected = this.#access(step, 'write', () => {
      // All ranges are looked at before the first block is touched.
      for (const [lba, blocks] of ranges)
        if (lba + blocks > BLOCKS) return this.#outOfRange({ lba });
      for (const [lba, blocks] of ranges) this.#deallocate(lba, blocks);
      return GOOD;
    });
    return { cdb, out, expected };
  }

  #deallocate(lba: number, blocks: number): void {
    this.#slice(lba, blocks).fill(0);
    for (let i = lba; i < lba + blocks; i++) this.#written.delete(i);
  }

  /** GET LBA STATUS: what was written is mapped; what is deallocated was not, and reads as zeros. */
  #wrongStatus(from: number, data: Uint8Array): string | undefined {
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    let next = from;
    for (let at = 8; at + 16 <= data.length; at += 16) {
      const lba = Number(view.getBigUint64(at));
      const blocks = view.getUint32(at + 8);
      const status = view.getUint8(at + 12) & 0x0f;
      if (lba !== next || blocks === 0) return `descriptor at ${lba} after ${next}`;
      next = lba + blocks;
      if (next > BLOCKS) return `a descriptor ends at ${next}`;
      if (status !== 0 && !this.#traits.thin) return 'deallocated on a fully provisioned disk';
      for (let i = lba; i < next; i++)
        if (status !== 0 && this.#written.has(i)) return `block ${i} is said to be deallocated`;
    }
    return next === from ? 'no descriptor' : undefined;
  }

  #requestSense({ who, desc }: Extract<Step, { readonly do: 'REQUEST SENSE' }>): Exchange {
    const told = this.#told.get(who)!.shift();
    const [key, asc, ascq] = (
      told !== undefined
        ? `6/${told}`
        : !this.#loaded
          ? '2/3a/00'
          : !this.#started
            ? '2/04/02'
            : '0/00/00'
    )
      .split('/')
      .map((code) => be(Number.parseInt(code, 16), 1));
    return {
      cdb: `03 ${be(Number(desc), 1)} 0000 ff 00`,
      expected: {
        status: 0,
        data: hex(
          desc
            ? `72 ${key} ${asc} ${ascq} 00000000`
            : `70 00 ${key} 00000000 0a 00000000 ${asc} ${ascq} 00 000000`,
        ),
      },
    };
  }

  #modeSelect(step: Extract<Step, { readonly do: 'MODE SELECT' }>): Exchange {
    const { swp, dSense } = step;
    const page = this.#traits.controlPage.slice();
    page[2] = ((page[2] ?? 0) & ~0x04) | bits([dSense, 0x04]);
    page[4] = ((page[4] ?? 0) & ~0x08) | bits([swp, 0x08]);
    const out = Uint8Array.of(0, 0, 0, 0, ...page);
    const expected = this.#check(step, 'write', () => {
      if (swp === this.#swp && dSense === this.#dSense) return GOOD;
      this.#swp = swp;
      this.#dSense = dSense;
      for (const who of NEXUSES) if (who !== step.who) this.#tell(who, '2a/01');
      return GOOD;
    });
    return { cdb: `15 10 0000 ${be(out.length, 1)} 00`, out, expected };
  }

  #startStop(step: Extract<Step, { readonly do: 'START STOP UNIT' }>): Exchange {
    const { start, loej } = step;
    const expected = this.#check(step, start ? 'always' : 'write', () => {
      if (start && loej && !this.#loaded) for (const who of NEXUSES) this.#tell(who, '28/00');
      if (!start && loej) {
        if (this.#preventing.size > 0) return this.#refusal('5/53/02');
        this.#loaded = false;
        return GOOD;
      }
      if (loej) this.#loaded = true;
      this.#started = start;
      return GOOD;
    });
    return { cdb: `1b 00 0000 ${be(bits([start, 0x01], [loej, 0x02]), 1)} 00`, expected };
  }

  /** RESERVE and RELEASE beside persistent reservations (CRH). */
  #spc2(who: Who, reserve: boolean): Expected {
    if (this.#reservations.keys.length > 0) {
      const may = this.#reservations.access(who);
      return this.#reservations.type !== 0 && may.read && may.write ? GOOD : CONFLICT;
    }
    if (reserve && this.#reserve !== undefined && this.#reserve !== who) return CONFLICT;
    if (reserve) this.#reserve = who;
    else if (this.#reserve === who) this.#reserve = undefined;
    return GOOD;
  }

  #out(
    step: Step,
    action: number,
    key: Key,
    { newKey = 0, type = 0 }: { readonly newKey?: number; readonly type?: number },
    act: (key: bigint) => string,
  ): Exchange {
    const sent = key === 'own' ? this.#reservations.keyOf(step.who) : BigInt(key);
    const out = hex(`${be(sent, 8)} ${be(newKey, 8)} 00000000 00 00 0000`);
    const expected = this.#check(step, 'persistent', () => {
      switch (act(sent)) {
        case 'done':
          for (const each of this.#reservations.told) {
            const [who, what] = each.split(' ');
            this.#tell(who as Who, what!);
          }
          return GOOD;
        case 'conflict':
          return CONFLICT;
        case 'invalid release':
          return this.#refusal('5/26/04');
        case 'key is zero':
          return this.#refusal('5/26/00');
        default:
          throw new Error('an outcome that these steps cannot have');
      }
    });
    return { cdb: `5f ${be(action, 1)} ${be(type, 1)} 0000 00000018 00`, out, expected };
  }

  #wrongKeys(data: Uint8Array): string | undefined {
    const keys = [...Array((data.length - 8) / 8).keys()].map((i) => data[8 + 8 * i + 7]);
    const wanted = this.#reservations.keys.map(({ key }) => Number(key));
    const same = ascending(keys) === ascending(wanted) && data[7] === 8 * wanted.length;
    return same && data[3] === this.#reservations.generation % 256
      ? undefined
      : `keys ${keys.join()} of generation ${data[3]}`;
  }

  #reservationHeld(): string {
    const { type, generation, holder } = this.#reservations;
    if (type === 0) return `${be(generation, 4)} 00000000`;
    const key = type >= 7 ? 0n : this.#reservations.keyOf(holder);
    return `${be(generation, 4)} 00000010 ${be(key, 8)} 00000000 00 ${be(type, 1)} 0000`;
  }
}

const ascending = (list: readonly (number | undefined)[]): string =>
  [...list].sort((a = 0, b = 0) => a - b).join();
