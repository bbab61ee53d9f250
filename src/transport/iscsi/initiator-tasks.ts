/**
 * The SCSI commands of a session: those that wait, those that run, and what becomes of them when their
 * connection is lost.
 */
import { STATUS } from '../../scsi/status.ts';
import { SENSE_KEY } from '../../sense/codes.ts';
import { decodeSense } from '../../sense/decode.ts';
import type { CommandOutcome } from '../initiator.ts';
import { sendCommand } from './initiator-command.ts';
import type { InitiatorConnection, InitiatorManagement } from './initiator-connection.ts';
import { IscsiError } from './initiator-error.ts';
import type { InitiatorCommand } from './initiator-exchange.ts';
import type { InitiatorSettings } from './initiator-options.ts';
import { passesUnitAttention } from './safe-to-retry.ts';

/** What the commands have to know of their session. */
export interface TaskHost {
  readonly settings: InitiatorSettings;
  /** The connection that takes commands now. */
  readonly connection: InitiatorConnection | undefined;
  /** Why there will be none any more. */
  readonly ended: IscsiError | undefined;
}

interface SessionTask {
  readonly command: InitiatorCommand;
  readonly resolve: (outcome: CommandOutcome) => void;
  readonly reject: (reason: unknown) => void;
  /** Where it runs, and as what. */
  at: { readonly connection: InitiatorConnection; tag: number; readonly cmdSn: number } | undefined;
  /** How many connections it was lost with. */
  losses: number;
  /** How many unit attentions of a reconnect it has taken. */
  attentions: number;
  /** Its signal has ended it; the target may not know yet. */
  aborted: boolean;
  /** Listens to its signal no longer. */
  readonly over: () => void;
}

/** A reconnect leaves one or two unit attentions; a unit that has always one more does not stop. */
const MOST_ATTENTIONS = 4;

/** POWER ON, RESET OR BUS DEVICE RESET OCCURRED and its kin: I_T NEXUS LOSS OCCURRED is 29h/07h. */
const ASC_RESET = 0x29;

/** The commands of one session. */
export class InitiatorTasks {
  readonly #host: TaskHost;
  #waiting: SessionTask[] = [];
  /** In the order in which they were sent. */
  readonly #running = new Set<SessionTask>();
  /** Those that lost their connection and wait for the next, in the same order. */
  #lost: SessionTask[] = [];
  /** The LUNs that have told of the last reconnect; undefined: there was none. */
  #settled: Set<number> | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(host: TaskHost) {
    this.#host = host;
  }

  /** Takes a command. */
  execute(command: InitiatorCommand): Promise<CommandOutcome> {
    const { signal } = command;
    if (this.#host.ended !== undefined) return Promise.reject(this.#host.ended);
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const task: SessionTask = {
        command,
        resolve,
        reject,
        at: undefined,
        losses: 0,
        attentions: 0,
        aborted: false,
        over: () => signal?.removeEventListener('abort', abort),
      };
      const abort = (): void => this.#abort(task);
      signal?.addEventListener('abort', abort);
      this.#waiting.push(task);
      this.drain();
    });
  }

  /** Sends what waits, as far as the window goes. */
  drain(): void {
    const { connection } = this.#host;
    if (connection === undefined) return;
    const held = new Set<number>();
    for (let i = 0; connection.wire.windowOpen;) {
      const task = this.#waiting[i];
      if (task === undefined) return;
      const { lun } = task.command;
      if (held.has(lun) || this.#isHeld(lun)) {
        held.add(lun);
        i++;
      } else {
        if (i === 0) this.#waiting.shift();
        else this.#waiting.splice(i, 1);
        this.#send(task, connection);
      }
    }
  }

  /** The connection was lost, and another is to come. Gives how many commands will be sent again. */
  recover(): number {
    const retried = this.#lost.length;
    this.#waiting = [...this.#lost, ...this.#waiting];
    this.#lost = [];
    this.#settled = new Set();
    return retried;
  }

  /** There will be no connection any more. */
  fail(error: IscsiError): void {
    for (const task of [...this.#lost.splice(0), ...this.#waiting.splice(0)]) reject(task, error);
  }

  /** Calls `idle` once nothing runs, in another tick if that is so now. */
  whenIdle(idle: () => void): void {
    if (this.#running.size === 0) queueMicrotask(idle);
    else this.#whenIdle = idle;
  }

  /** Those that run now and that a task management function ends when it is complete. */
  endedBy({ function: name, lun, tag }: InitiatorManagement): () => void {
    const ended = [...this.#running].filter(({ at, command }) => {
      if (name === 'ABORT_TASK') return at?.tag === tag;
      if (name === 'TARGET_WARM_RESET' || name === 'TARGET_COLD_RESET') return true;
      return ENDS_UNIT.has(name) ? command.lun === lun : name === 'I_T_NEXUS_RESET';
    });
    return () => {
      for (const task of ended)
        if (this.#running.has(task))
          this.#forget(task, new IscsiError('ISCSI_TASK_ABORTED', `ended by ${name}`));
    };
  }

  #send(task: SessionTask, connection: InitiatorConnection): void {
    const { wire, parameters } = connection;
    const { cmdSn } = wire;
    this.#running.add(task);
    const tag = sendCommand(
      wire,
      parameters,
      task.command,
      (outcome) => this.#answered(task, outcome),
      (error) => this.#failed(task, error),
    );
    task.at = { connection, tag, cmdSn };
  }

  #answered(task: SessionTask, outcome: CommandOutcome): void {
    this.#stopped(task);
    const { lun, cdb } = task.command;
    const settling = this.#settled !== undefined && !this.#settled.has(lun);
    if (settling && !task.aborted && task.attentions < MOST_ATTENTIONS && tellsOfReset(outcome)) {
      task.attentions++;
      this.#waiting.unshift(task);
      return;
    }
    // A unit that is busy has not told yet; commands that always pass do not say whether it has.
    if (settling && !passesUnitAttention(cdb) && !isBusy(outcome)) this.#settled?.add(lun);
    task.over();
    task.resolve(outcome);
  }

  #failed(task: SessionTask, error: IscsiError): void {
    const { ended, settings } = this.#host;
    const lost = task.at?.connection.wire.error !== undefined;
    this.#stopped(task);
    if (task.aborted) reject(task, task.command.signal?.reason);
    else if (!lost || ended !== undefined || settings.reconnect === undefined) reject(task, error);
    else if (task.losses++ < settings.reconnect.retries && mayRetry(task.command, settings))
      this.#lost.push(task);
    else {
      const message = 'the connection was lost while the command ran; it is not sent again';
      reject(task, new IscsiError('ISCSI_TASK_LOST', message, { cause: error }));
    }
  }

  #abort(task: SessionTask): void {
    const { at, command } = task;
    task.aborted = true;
    if (at === undefined) {
      this.#waiting = this.#waiting.filter((other) => other !== task);
      this.#lost = this.#lost.filter((other) => other !== task);
      reject(task, command.signal?.reason);
      return;
    }
    const end = (): void => {
      if (this.#running.has(task)) this.#forget(task, command.signal?.reason);
    };
    const request = { function: 'ABORT_TASK', lun: command.lun, tag: at.tag } as const;
    at.connection
      .manage({ ...request, refCmdSn: at.cmdSn }, this.#host.settings.nopTimeout)
      .then(end, end);
  }

  /** The target will not answer a task. */
  #forget(task: SessionTask, reason: unknown): void {
    if (task.at !== undefined) task.at.connection.wire.forget(task.at.tag);
    this.#stopped(task);
    reject(task, reason);
    this.drain();
  }

  #stopped(task: SessionTask): void {
    this.#running.delete(task);
    task.at = undefined;
    if (this.#running.size === 0) this.#whenIdle?.();
  }

  /** Until a unit has told of a reconnect it gets one command at a time, so that their order stays. */
  #isHeld(lun: number): boolean {
    if (this.#settled === undefined || this.#settled.has(lun)) return false;
    for (const { command } of this.#running) if (command.lun === lun) return true;
    return false;
  }
}

const ENDS_UNIT: ReadonlySet<string> = new Set<InitiatorManagement['function']>([
  'ABORT_TASK_SET',
  'CLEAR_TASK_SET',
  'LOGICAL_UNIT_RESET',
]);

function reject(task: SessionTask, reason: unknown): void {
  task.over();
  task.reject(reason);
}

function mayRetry(command: InitiatorCommand, { reconnect }: InitiatorSettings): boolean {
  return command.retry ?? reconnect?.retry(command) ?? false;
}

function tellsOfReset({ status, sense }: CommandOutcome): boolean {
  if (status !== STATUS.CHECK_CONDITION || sense === undefined) return false;
  const data = decodeSense(sense);
  return data?.key === SENSE_KEY.UNIT_ATTENTION && data.asc === ASC_RESET && !data.deferred;
}

const isBusy = ({ status }: CommandOutcome): boolean =>
  status === STATUS.BUSY || status === STATUS.TASK_SET_FULL;
