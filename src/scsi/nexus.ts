/** An I_T nexus: one initiator port seen through one target port (SAM). */
import { all, andThen, type MaybePromise } from '../maybe-promise.ts';
import { REPORTED_LUNS_DATA_HAS_CHANGED } from '../sense/codes.ts';
import type { SenseData } from '../sense/sense-data.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { Luns } from './lun-map.ts';
import { executeWithoutUnit } from './missing-unit.ts';
import type { TargetPort } from './target-port.ts';
import type { Response, Task, TaskManagementRequest, TaskManagementResponse } from './task.ts';

/** What a command runs in. */
export type ExecuteHook = (
  nexus: Nexus,
  task: Task,
  run: () => MaybePromise<Response | undefined>,
) => MaybePromise<Response | undefined>;

/**
 * Where a transport hands in what an initiator sends. A nexus outlives sessions: unit attentions
 * and reservations hang on it.
 */
export class Nexus {
  /** The SCSI initiator port name, e.g. `iqn.1993-08.org.debian:01:abc,i,0x00023d000001`. */
  readonly initiator: string;
  /** The target port. */
  readonly port: TargetPort;
  /** How many sessions use it now; a port may forget one that none uses. */
  sessions = 0;
  /**
   * Called when a unit has something new to tell this initiator, which stays pending; for a transport that
   * can report it without being asked (asynchronous event reporting).
   */
  onAttention: ((lun: number, sense: SenseData) => void) | undefined;
  readonly #hook: ExecuteHook | undefined;
  #luns: Luns;

  /** Use `TargetPort.nexus`. */
  constructor(initiator: string, port: TargetPort, luns: Luns, hook?: ExecuteHook) {
    this.#hook = hook;
    this.initiator = initiator;
    this.port = port;
    this.#luns = luns;
  }

  /** The logical units that this initiator sees through this port. */
  get luns(): Luns {
    return this.#luns;
  }

  /**
   * Shows the initiator other units from now on. It is told (REPORTED LUNS DATA HAS CHANGED); its commands
   * to what it does not see any more end with TASK ABORTED.
   */
  show(luns: Luns): void {
    if (luns === this.#luns) return;
    const before = this.#luns.units();
    this.#luns = luns;
    for (const unit of before)
      void unit.tasks.withdraw(({ nexus, task }) => nexus === this && luns.get(task.lun) !== unit);
    for (const unit of luns.units())
      unit.establish(REPORTED_LUNS_DATA_HAS_CHANGED, (nexus) => nexus === this);
  }

  /**
   * Executes a command. Never throws and never rejects; for a backend that answers in the same
   * tick, neither does this wait.
   *
   * @returns the response; `undefined` if the task was aborted: nothing is sent for it then.
   */
  execute(task: Task): MaybePromise<Response | undefined> {
    return this.#hook === undefined
      ? this.#execute(task)
      : this.#hook(this, task, () => this.#execute(task));
  }

  #execute(task: Task): MaybePromise<Response | undefined> {
    const unit = this.#luns.get(task.lun);
    return unit === undefined ? executeWithoutUnit(this, task) : unit.tasks.execute(this, task);
  }

  /**
   * Performs a task management function. Answers when the tasks that it aborts have ended. Never
   * throws and never rejects.
   */
  manage(request: TaskManagementRequest): MaybePromise<TaskManagementResponse> {
    const { function: name, lun, tag } = request;
    if (name === 'TARGET RESET') return complete(this.#everyUnit((unit) => unit.reset(this)));
    if (name === 'I_T NEXUS RESET')
      return complete(this.#everyUnit((unit) => unit.nexusLost(this)));
    const unit = this.luns.get(lun);
    if (unit === undefined) return 'INCORRECT LOGICAL UNIT NUMBER';
    switch (name) {
      case 'ABORT TASK':
        // SAM has a task that is not there, because it ended, aborted with success.
        return tag === undefined ? 'FUNCTION REJECTED' : complete(unit.tasks.abort(this, tag));
      case 'ABORT TASK SET':
        return complete(unit.tasks.abort(this));
      case 'CLEAR TASK SET':
        return complete(unit.tasks.clear(this));
      case 'LOGICAL UNIT RESET':
        return complete(unit.reset(this));
      case 'QUERY TASK':
        return succeeded(tag !== undefined && unit.tasks.has(this, tag));
      case 'QUERY TASK SET':
        return succeeded(unit.tasks.has(this));
      case 'QUERY ASYNCHRONOUS EVENT':
        return succeeded(unit.attentions(this).pending);
      case 'CLEAR ACA':
        return complete(unit.tasks.clearAca(this));
    }
  }

  /**
   * What QUERY ASYNCHRONOUS EVENT finds: the additional response information of SAM, 3 bytes. UADE
   * DEPTH (1: one condition is pending, 2: several) and sense key, additional sense code, qualifier;
   * 0 where nothing is pending.
   */
  asynchronousEvent(lun: number): number {
    const attentions = this.luns.get(lun)?.attentions(this);
    const first = attentions?.first;
    if (attentions === undefined || first === undefined) return 0;
    const depth = attentions.size > 1 ? 2 : 1;
    return (depth << 20) | (first.key << 16) | (first.asc << 8) | first.ascq;
  }

  /** A unit has something new to tell: passes it on under each number that the unit has here. */
  attention(unit: LogicalUnit, sense: SenseData): void {
    if (this.onAttention === undefined) return;
    for (const lun of this.luns.list())
      if (this.luns.get(lun) === unit) this.onAttention(lun, sense);
  }

  /** Whether a task of this nexus with this tag has not ended. */
  hasTask(lun: number, tag: number): boolean {
    return this.luns.get(lun)?.tasks.has(this, tag) ?? false;
  }

  /**
   * The session ended, or the initiator is gone: aborts the tasks of this nexus and gives up what
   * belongs to a session. Settles when the tasks have ended.
   */
  lost(): MaybePromise<void> {
    if (this.sessions > 0) this.sessions--;
    return this.#everyUnit((unit) => unit.nexusLost(this));
  }

  #everyUnit(
    act: (unit: NonNullable<ReturnType<Luns['get']>>) => MaybePromise<void>,
  ): MaybePromise<void> {
    return all([...this.luns.units()].map(act));
  }
}

const complete = (done: MaybePromise<void>): MaybePromise<TaskManagementResponse> =>
  andThen(done, () => 'FUNCTION COMPLETE');

const succeeded = (yes: boolean): TaskManagementResponse =>
  yes ? 'FUNCTION SUCCEEDED' : 'FUNCTION COMPLETE';
