/**
 * A disk once more, written down from SAM, SPC and SBC without looking at the implementation: an
 * array of bytes, sets of blocks, and a few flags.
 */
import { ReservationModel } from '../../scsi/reservation-model.ts';
import { endTransition, refusalOfState, type Transition } from './access-states.ts';
import { AttentionModel } from './attention-model.ts';
import {
  BLOCK,
  BLOCKS,
  groupOf,
  SOFT_THRESHOLD,
  type Device,
  type Traits,
  type Who,
} from './device.ts';
import { GOOD, type Completion, type EarlyEnd, type Expected } from './exchange.ts';
import type { LastCopy } from './copying.ts';
import { DEFAULT_CONTROL } from './mode-values.ts';
import { isInSet, type Waiting } from './tasks.ts';
import { endTokens, revoke, revokeUnclear, type TokenCommand } from './tokens.ts';

/**
 * What a reservation thinks of a command. `flush` is a write that a write-protected medium allows.
 */
type Access = 'always' | 'not reserved' | 'read' | 'write' | 'flush' | 'persistent';

/** FORMAT UNIT or SANITIZE. */
export interface Operation {
  readonly kind: 'format' | 'sanitize';
  /** Milliseconds from its begin to its end. */
  readonly takes: number;
  /** What every block holds in the end. */
  readonly pattern: Uint8Array;
  /** The blocks are unmapped in the end. */
  readonly unmaps: boolean;
  /** AUSE. */
  readonly unrestrictedExit: boolean;
  /** Who is not told of the end, for he began it. */
  readonly starter?: Who | undefined;
}

const IN_PROGRESS = { format: '2/04/04', sanitize: '2/04/1b' } as const;
const FAILED = { format: '3/31/01', sanitize: '3/31/03' } as const;

/** Commands that run whatever FORMAT UNIT or SANITIZE do, or after they failed. */
const AFTER_FAILURE = ['SANITIZE', 'EXIT FAILURE MODE'];
const AFTER_FAILED_FORMAT = [...AFTER_FAILURE, 'FORMAT UNIT'];

interface Sender {
  readonly who: Who;
  readonly do: string;
}

/** INFORMATION of a unit attention: that of a threshold is the offset of its descriptor in the mode page. */
export const informationOf = (told: string): number | undefined =>
  told === '38/07' ? 16 : undefined;

/** There is no room for a block. */
class NoRoom extends Error {
  readonly lba: number;

  constructor(lba: number) {
    super(`no room for block ${lba}`);
    this.lba = lba;
  }
}

const CONFLICT: Expected = { status: 0x18 };

export class UnitModel {
  readonly bytes: Uint8Array = new Uint8Array(BLOCKS * BLOCK);
  readonly traits: Traits;
  readonly device: Device;
  /** Blocks that take up room. */
  readonly allocated: Set<number> = new Set();
  /** Initiators have been told that room is scarce, and it has been since. */
  #told = false;
  /** Something was written, or freed, since {@link UnitModel.lookAtRoom}. */
  touched = false;
  /** What its initiators have still to be told. */
  readonly attentions: AttentionModel = new AttentionModel();
  /** Blocks that hold data since they were last unmapped. */
  readonly written: Set<number> = new Set();
  /** Blocks that were unmapped with ANCHOR, and not written since. */
  readonly anchored: Set<number> = new Set();
  /** Blocks that WRITE LONG marked. */
  readonly marked: Set<number> = new Set();
  /** Blocks that REASSIGN BLOCKS named. */
  readonly grown: Set<number> = new Set();
  reservations: ReservationModel = new ReservationModel(1000);
  /** Who has it by RESERVE. */
  reserve: Who | undefined;
  control = DEFAULT_CONTROL;
  saved = DEFAULT_CONTROL;
  started = true;
  loaded = true;
  /** The low power condition: ASCQ of 5Eh. */
  power: string | undefined;
  /** Who prevents the removal of the medium. */
  readonly preventing: Set<Who> = new Set();
  /** ORWRITE: current and previous generation, and what becomes of others. */
  generation = { current: 0, previous: 0, policy: 7 };
  /** Asymmetric access states by target port group. */
  groups: Readonly<Record<1 | 2, number>> = { 1: 0, 2: 0 };
  /** What a group is transitioning for. */
  readonly transitions: Map<1 | 2, Transition> = new Map();
  /** FORMAT UNIT or SANITIZE in progress, and how long it has been. */
  operation: (Operation & { elapsed: number }) | undefined;
  /** The operation that failed. */
  failed: Operation | undefined;
  /** Commands that wait for their data, in the order in which they came. */
  waiting: Waiting[] = [];
  /** Who has an ACA condition. */
  readonly faulted: Set<Who> = new Set();
  /** How the command that is sent now is answered, because it may not enter the task set. */
  barred: Expected | undefined;
  /** Commands that went on in this step, after an ACA condition. */
  completed: Completion[] = [];
  /** Those that were ended in this step. */
  endedEarly: EarlyEnd[] = [];
  /** REPORT TIMESTAMP: what has to be added to the time. */
  clock: { readonly offset: number; readonly set: boolean };
  /** Identifying information by type. */
  readonly information: Map<number, Uint8Array> = new Map();
  /** What is in the echo buffer, and whose it is. */
  echo: { readonly who: Who; readonly bytes: Uint8Array } | undefined;
  /** Whose echo data another has overwritten. */
  readonly overwritten: Set<Who> = new Set();
  /** The data buffer: its first bytes. */
  readonly buffer: Uint8Array = new Uint8Array(64);
  /** What SET PRIORITY gave. */
  readonly priorities: Map<Who, number> = new Map();

  /** The last EXTENDED COPY of each nexus. */
  readonly copies: Map<Who, LastCopy> = new Map();

  /** The last command about ROD tokens of each nexus. */
  readonly tokenCommands: Map<Who, TokenCommand> = new Map();

  constructor(traits: Traits, device: Device) {
    this.traits = traits;
    this.device = device;
    this.clock = { offset: -device.now, set: false };
  }

  /** Power is lost and comes back: what is volatile is gone. */
  powerCycle(): void {
    this.waiting = [];
    this.attentions.powerOn();
    this.reset();
    this.started = true;
    this.loaded = true;
    this.generation = { current: 0, previous: 0, policy: 7 };
    this.groups = { 1: 0, 2: 0 };
    this.transitions.clear();
    this.clock = { offset: -this.device.now, set: false };
    this.buffer.fill(0);
    this.copies.clear();
    this.tokenCommands.clear();
    for (const token of this.device.tokens) token.ended = '04';
    if (!this.reservations.aptpl) this.reservations = new ReservationModel(1000);
    this.reservations.generation = 0;
    if (this.operation !== undefined) this.operation = { ...this.operation, starter: undefined };
  }

  /** START: the unit is in the active power condition. */
  start(): void {
    this.started = true;
    this.power = undefined;
  }

  /** The medium is put in. */
  load(): void {
    if (!this.loaded) this.attentions.tell('28/00');
    this.loaded = true;
  }

  /** What every reset does. */
  reset(): void {
    this.faulted.clear();
    this.#told = false;
    this.reserve = undefined;
    this.preventing.clear();
    this.control = this.saved;
    this.power = undefined;
    this.echo = undefined;
    this.overwritten.clear();
    this.priorities.clear();
  }

  /** In how many milliseconds something ends. */
  get due(): readonly number[] {
    const { operation, device } = this;
    const ends = [...this.transitions.values()].map((transition) => transition.ends - device.now);
    return operation === undefined ? ends : [...ends, operation.takes - operation.elapsed];
  }

  /** Time passes. */
  passes(ms: number): void {
    const over = [...this.transitions.values()].filter(({ ends }) => ends <= this.device.now);
    over.sort((a, b) => a.ends - b.ends);
    for (const transition of new Set(over)) endTransition(this, transition);
    const { operation } = this;
    if (operation === undefined) return;
    operation.elapsed += ms;
    if (operation.elapsed >= operation.takes) this.#end(operation);
  }

  /**
   * Ends commands that wait.
   *
   * @param by - who does it; the others are told by TASK ABORTED, or where `tells` by unit attention.
   */
  end(which: (task: Waiting) => boolean, by: Who | undefined, tells: boolean): void {
    const chosen = this.waiting.filter(which);
    this.waiting = this.waiting.filter((task) => !chosen.includes(task));
    for (const { tag, who } of chosen) {
      const other = by !== undefined && who !== by;
      this.endedEarly.push({ tag, answered: other && this.control.tas });
      if (other && tells && !this.control.tas) this.attentions.tellOne(who, '2f/00');
    }
  }

  /** The data of a command has come, and it does what it has to do. */
  complete(task: Waiting): Expected {
    this.waiting = this.waiting.filter((other) => other !== task);
    const { overtakenBy, who, lba, out } = task;
    if (overtakenBy === undefined) {
      const done = this.finding(() => {
        this.store(lba, out);
        return GOOD;
      });
      this.lookAtRoom();
      if (done !== GOOD) this.checkCondition(who);
      return done;
    }
    const { sense, progress } = this.overtaken(overtakenBy);
    const expected = this.refusal(sense, undefined, progress === undefined ? {} : { progress });
    this.checkCondition(who);
    return expected;
  }

  /** A command of a nexus ended with CHECK CONDITION (QERR). */
  checkCondition(who: Who): void {
    const { qerr } = this.control;
    if (qerr === 0) return;
    this.end((task) => task.who === who || (qerr === 1 && isInSet(this, who, task)), who, true);
  }

  /** What a command is told that an operation has overtaken. */
  overtaken(by: Operation['kind']): { readonly sense: string; readonly progress?: number } {
    const { operation, failed } = this;
    if (operation === undefined && failed === undefined)
      return { sense: IN_PROGRESS[by], progress: 0 };
    const { sense, progress } = this.obstacle!;
    return progress === undefined ? { sense: sense! } : { sense: sense!, progress };
  }

  /** FORMAT UNIT or SANITIZE begins; what waits cannot go on after it. */
  overtake(kind: Operation['kind']): void {
    for (const task of this.waiting) if (!task.dormant) task.overtakenBy = kind;
    endTokens(this, 'unclear');
  }

  /** FORMAT UNIT or SANITIZE begins. */
  begin(operation: Operation): void {
    this.operation = { ...operation, elapsed: 0 };
  }

  #end(operation: Operation): void {
    this.operation = undefined;
    this.failed = undefined;
    if (operation.unmaps) this.deallocate(0, BLOCKS);
    else for (let lba = 0; lba < BLOCKS; lba++) this.store(lba, operation.pattern);
    revokeUnclear(this);
    if (operation.kind === 'format') this.attentions.tell('28/00', operation.starter);
  }

  /** CHECK CONDITION. */
  refusal(
    sense: string,
    information?: number,
    more: Partial<Pick<Expected, 'incorrectLength' | 'progress'>> = {},
  ): Expected {
    return { status: 0x02, sense, descriptor: this.control.dSense, information, ...more };
  }

  /** LOGICAL BLOCK ADDRESS OUT OF RANGE, with the first block that is not there. */
  outOfRange({ lba }: { readonly lba: number }): Expected {
    return this.refusal('5/21/00', Math.max(lba, BLOCKS));
  }

  /** RESERVATION CONFLICT. */
  conflict(who: Who): Expected {
    if (this.control.interlock === 3) this.attentions.tellOne(who, '2c/09');
    return CONFLICT;
  }

  slice(lba: number, blocks: number): Uint8Array {
    return this.bytes.subarray(lba * BLOCK, (lba + blocks) * BLOCK);
  }

  store(lba: number, data: Uint8Array): void {
    const blocks = data.length / BLOCK;
    revoke(this, lba, blocks);
    this.#allocate(lba, blocks);
    this.bytes.set(data, lba * BLOCK);
    for (let i = lba; i < lba + data.length / BLOCK; i++) {
      this.written.add(i);
      this.anchored.delete(i);
      this.marked.delete(i);
    }
  }

  deallocate(lba: number, blocks: number, anchor = false): void {
    revoke(this, lba, blocks);
    this.touched = true;
    for (let i = lba; i < lba + blocks; i++) this.allocated.delete(i);
    this.slice(lba, blocks).fill(0);
    for (let i = lba; i < lba + blocks; i++) {
      this.written.delete(i);
      this.marked.delete(i);
      if (anchor) this.anchored.add(i);
      else this.anchored.delete(i);
    }
  }

  /** All of the blocks, or none of them. */
  #allocate(lba: number, blocks: number): void {
    this.touched = true;
    const fresh = Array.from({ length: blocks }, (_, i) => lba + i).filter(
      (each) => !this.allocated.has(each),
    );
    const room = (this.traits.limit ?? BLOCKS) - this.allocated.size;
    if (fresh.length > room) throw new NoRoom(fresh[room]!);
    for (const each of fresh) this.allocated.add(each);
  }

  /** What a command does that may find no room. */
  finding(room: () => Expected): Expected {
    try {
      return room();
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      return this.refusal('7/27/07', error.lba);
    }
  }

  /** Initiators are told when room becomes scarce, and again when there was enough meanwhile. */
  lookAtRoom(): void {
    const { limit } = this.traits;
    if (!this.touched || limit === undefined) return;
    this.touched = false;
    const available = Math.floor((100 * (limit - this.allocated.size)) / limit);
    // A threshold of so many percent reaches half a percent to both sides.
    if (available > 100 - SOFT_THRESHOLD) this.#told = false;
    if (available >= 100 - SOFT_THRESHOLD || this.#told) return;
    this.#told = true;
    this.attentions.tell('38/07');
  }

  /** What the command does if its blocks are there and none of them is marked as bad. */
  reading(lba: number, blocks: number, then: () => Expected): Expected {
    for (let i = lba; i < lba + blocks; i++)
      if (this.marked.has(i)) return this.refusal('3/11/14', i);
    return then();
  }

  /** What keeps the unit from its medium; `undefined`: nothing. */
  get obstacle(): Pick<Expected, 'sense' | 'progress'> | undefined {
    const { operation, failed } = this;
    if (operation !== undefined)
      return {
        sense: IN_PROGRESS[operation.kind],
        progress: Math.floor((operation.elapsed / operation.takes) * 0x10000),
      };
    if (failed !== undefined) return { sense: FAILED[failed.kind] };
    if (!this.loaded) return { sense: '2/3a/00' };
    return this.started ? undefined : { sense: '2/04/02' };
  }

  /** Unit attention, access state, reservations, FORMAT UNIT and SANITIZE; then what the command does. */
  check(step: Sender, access: Access, then: () => Expected): Expected {
    return this.#check(step, access, AFTER_FAILED_FORMAT, then);
  }

  /** Besides that, the medium has to be there, and for a write not be write-protected. */
  access(step: Sender, access: Access, then: () => Expected): Expected {
    return this.#check(step, access, undefined, () => {
      if (!this.loaded) return this.refusal('2/3a/00');
      if (!this.started) return this.refusal('2/04/02');
      if (access === 'write' && this.control.swp) return this.refusal('7/27/02');
      if (!['TEST UNIT READY', 'READ CAPACITY'].includes(step.do)) this.power = undefined;
      return then();
    });
  }

  #check(
    step: Sender,
    access: Access,
    withoutMedium: readonly string[] | undefined,
    then: () => Expected,
  ): Expected {
    if (this.barred !== undefined) return this.barred;
    const { who } = step;
    const told = this.attentions.report(who, this.control.interlock);
    if (told !== undefined) return this.refusal(`6/${told}`, informationOf(told));
    const unreachable = refusalOfState(this.groups[groupOf(who)], step.do);
    if (unreachable !== undefined) return this.refusal(unreachable);
    if (this.#conflicts(who, access)) return this.conflict(who);
    const { operation, failed } = this;
    const passes =
      failed === undefined ||
      (failed.kind === 'sanitize' ? AFTER_FAILURE : AFTER_FAILED_FORMAT).includes(step.do) ||
      (failed.kind === 'format' && withoutMedium !== undefined);
    if (operation !== undefined || !passes) {
      const { sense, progress } = this.obstacle!;
      return this.refusal(sense!, undefined, progress === undefined ? {} : { progress });
    }
    return this.finding(then);
  }

  #conflicts(who: Who, access: Access): boolean {
    if (access === 'always') return false;
    if (this.reserve !== undefined && (access === 'persistent' || this.reserve !== who))
      return true;
    const may = this.reservations.access(who);
    return access === 'read' ? !may.read : ['write', 'flush'].includes(access) && !may.write;
  }
}
