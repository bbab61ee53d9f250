/** An initiator in the same process: no wire, no copy, no waiting where the backend needs none. */
import { totalLength, truncateChunks, joinChunks } from '../bytes.ts';
import { isPromise, type MaybePromise } from '../maybe-promise.ts';
import type { Nexus } from '../scsi/nexus.ts';
import type { Target } from '../scsi/target.ts';
import type {
  Response,
  Task,
  TaskManagementRequest,
  TaskManagementResponse,
} from '../scsi/task.ts';
import { DiskClient, type DiskClientOptions } from './disk-client.ts';
import type { CommandOutcome, Initiator, InitiatorCommand } from './initiator.ts';

/** How to connect. */
export interface LoopbackOptions {
  /** Initiator port name: connections under the same name are one nexus. Default: a new name each. */
  readonly initiator?: string;
}

/** A command over loopback: it may also say when it may run. */
export interface LoopbackCommand extends InitiatorCommand, Pick<Task, 'attribute' | 'priority'> {
  /** Names the task for `manage`. Default: a number of its own. */
  readonly tag?: number;
}

/** An {@link Initiator} connected to a target in the same process. */
export class Loopback implements Initiator {
  /** The nexus, for those who want to hand in tasks of their own. */
  readonly nexus: Nexus;
  #nextTag = 0x1_0000;

  constructor(nexus: Nexus) {
    this.nexus = nexus;
  }

  /** A client for one logical unit. */
  disk(lun = 0, options: DiskClientOptions = {}): DiskClient {
    return new DiskClient(this, lun, options);
  }

  execute(command: LoopbackCommand): MaybePromise<CommandOutcome> {
    const { dataOut, dataInLength = 0, tag = this.#nextTag++, ...rest } = command;
    const task: Task = {
      ...rest,
      tag,
      dataOutLength: dataOut?.length ?? 0,
      ...(dataOut === undefined ? {} : { dataOut: (length) => dataOut.subarray(0, length) }),
    };
    const expected = dataOut === undefined ? dataInLength : dataOut.length;
    const response = this.nexus.execute(task);
    return isPromise(response)
      ? response.then((value) => outcome(value, dataOut !== undefined, expected))
      : outcome(response, dataOut !== undefined, expected);
  }

  /** Performs a task management function. */
  manage(request: TaskManagementRequest): MaybePromise<TaskManagementResponse> {
    return this.nexus.manage(request);
  }

  close(): MaybePromise<void> {
    return this.nexus.lost();
  }
}

let connections = 0;

/**
 * Connects to a target in the same process, through a port of its own.
 *
 * @example
 * ```ts
 * import { createDisk, createTarget, loopback } from 'scsi-target';
 * import { memoryBackend } from 'scsi-target/backend/memory';
 *
 * const target = createTarget([createDisk({ backend: memoryBackend({ blocks: 2048 }) })]);
 * const { lastLba } = await loopback(target).disk(0).readCapacity(); // 2047
 * ```
 */
export function loopback(target: Target, options: LoopbackOptions = {}): Loopback {
  const port = loopbackPort(target);
  return new Loopback(port.nexus(options.initiator ?? `loopback-${++connections}`));
}

const PORT_NAME = 'loopback';

function loopbackPort(target: Target): ReturnType<Target['addPort']> {
  return (
    target.ports.find(({ name, protocol }) => name === PORT_NAME && protocol === undefined) ??
    target.addPort({ name: PORT_NAME })
  );
}

/** What a response means to the initiator; its data is copied, so that it can be released at once. */
function outcome(
  response: Response | undefined,
  writes: boolean,
  expected: number,
): CommandOutcome {
  if (response === undefined) throw new Error('The task was aborted.');
  const { status, sense, release } = response;
  const moved = writes ? response.dataOutLength : totalLength(response.dataIn);
  const chunks = writes ? [] : truncateChunks(response.dataIn, expected);
  const dataIn = release === undefined ? joinChunks(chunks) : new Uint8Array(joinChunks(chunks));
  release?.();
  const residual = expected - moved;
  return sense === undefined ? { status, dataIn, residual } : { status, dataIn, residual, sense };
}
