/**
 * A disk once more, written down from SAM, SPC and SBC without looking at the implementation: an
 * array of bytes, lists of what each nexus has still to be told, and a few flags.
 */
import { ReservationModel } from '../../scsi/reservation-model.ts';
import { BLOCK, BLOCKS, NEXUSES, type Traits, type Who } from './device.ts';
import { CONFLICT, type Expected } from './exchange.ts';

/** Resets cover each other: the strongest first. */
const RESETS = ['29/00', '29/03', '29/07'];

/** What a reservation thinks of a command. */
type Access = 'always' | 'not reserved' | 'read' | 'write' | 'persistent';

interface Sender {
  readonly who: Who;
  readonly do: string;
}

export class UnitModel {
  readonly bytes: Uint8Array = new Uint8Array(BLOCKS * BLOCK);
  readonly traits: Traits;
  /** Blocks that hold data since they were last unmapped. */
  readonly written: Set<number> = new Set();
  readonly reservations: ReservationModel = new ReservationModel(1000);
  /** Who has it by RESERVE. */
  reserve: Who | undefined;
  swp = false;
  dSense = false;
  started = true;
  loaded = true;
  /** Who prevents the removal of the medium. */
  readonly preventing: Set<Who> = new Set();
  readonly #told = new Map<Who, string[]>(NEXUSES.map((who) => [who, []]));

  constructor(traits: Traits) {
    this.traits = traits;
  }

  /** Everyone is told of the power on when they first come. */
  powerOn(): void {
    for (const who of NEXUSES) this.tell(who, '29/00');
  }

  /** Establishes a unit attention condition: ASC and ASCQ. */
  tell(who: Who, what: string): void {
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

  /** What the nexus is told next. */
  nextTold(who: Who): string | undefined {
    return this.#told.get(who)!.shift();
  }

  /** CHECK CONDITION. */
  refusal(sense: string, information?: number): Expected {
    return {
      status: 0x02,
      sense,
      descriptor: this.dSense,
      ...(information !== undefined && { information }),
    };
  }

  /** LOGICAL BLOCK ADDRESS OUT OF RANGE, with the first block that is not there. */
  outOfRange({ lba }: { readonly lba: number }): Expected {
    return this.refusal('5/21/00', Math.max(lba, BLOCKS));
  }

  slice(lba: number, blocks: number): Uint8Array {
    return this.bytes.subarray(lba * BLOCK, (lba + blocks) * BLOCK);
  }

  store(lba: number, data: Uint8Array): void {
    this.bytes.set(data, lba * BLOCK);
    for (let i = 0; i < data.length / BLOCK; i++) this.written.add(lba + i);
  }

  deallocate(lba: number, blocks: number): void {
    this.slice(lba, blocks).fill(0);
    for (let i = lba; i < lba + blocks; i++) this.written.delete(i);
  }

  /** Unit attention, then reservations; then what the command does. */
  check({ who }: Sender, access: Access, then: () => Expected): Expected {
    const told = this.nextTold(who);
    if (told !== undefined) return this.refusal(`6/${told}`);
    if (access !== 'always') {
      if (this.reserve !== undefined && (access === 'persistent' || this.reserve !== who))
        return CONFLICT;
      const may = this.reservations.access(who);
      if (access === 'read' && !may.read) return CONFLICT;
      if (access === 'write' && !may.write) return CONFLICT;
    }
    return then();
  }

  /** Besides that, the medium has to be there, and for a write not be write-protected. */
  access(step: Sender, access: Access, then: () => Expected): Expected {
    const changes = !['SYNCHRONIZE CACHE', 'TEST UNIT READY'].includes(step.do);
    return this.check(step, access, () => {
      if (!this.loaded) return this.refusal('2/3a/00');
      if (!this.started) return this.refusal('2/04/02');
      if (access === 'write' && changes && this.swp) return this.refusal('7/27/02');
      return then();
    });
  }
}
