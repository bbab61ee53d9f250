/**
 * A target of the tests' own: a disk of a few blocks, and commands whose end the test decides. It is
 * an independent stand-in for src/scsi, so that what fails here is the transport.
 */
import type { Target } from '../../../src/scsi/target.ts';
import type {
  Response,
  Task,
  TaskManagementRequest,
  TaskManagementResponse,
} from '../../../src/scsi/task.ts';
import type { MaybePromise } from '../../../src/maybe-promise.ts';

export const BLOCK = 512;

/** Answers a task by itself, or leaves it to the disk (undefined). */
export type Behaviour = (
  task: Task,
  nexus: FakeNexus,
) => MaybePromise<Response | undefined> | 'disk';

interface Running {
  readonly task: Task;
  aborted: boolean;
}

export class FakeNexus {
  readonly running = new Map<number, Running>();
  losses = 0;
  readonly initiator: string;
  readonly disk: FakeDisk;

  constructor(initiator: string, disk: FakeDisk) {
    this.initiator = initiator;
    this.disk = disk;
  }

  execute(task: Task): MaybePromise<Response | undefined> {
    const entry: Running = { task, aborted: false };
    this.disk.log.push(task);
    const answer = this.disk.behaviour(task, this);
    const result = answer === 'disk' ? this.disk.run(task) : answer;
    if (!(result instanceof Promise)) return result;
    this.running.set(task.tag, entry);
    return result.then((response) => {
      this.running.delete(task.tag);
      return entry.aborted ? undefined : response;
    });
  }

  manage(request: TaskManagementRequest): MaybePromise<TaskManagementResponse> {
    this.disk.managed.push(request);
    for (const entry of this.running.values())
      if (request.function !== 'ABORT TASK' || entry.task.tag === request.tag) {
        entry.aborted = true;
        entry.task.cancel?.();
      }
    return 'FUNCTION COMPLETE';
  }

  lost(): MaybePromise<void> {
    this.losses++;
    for (const entry of this.running.values()) {
      entry.aborted = true;
      entry.task.cancel?.();
    }
    return this.disk.onLost?.(this);
  }
}

export class FakeDisk {
  readonly bytes: Uint8Array;
  readonly log: Task[] = [];
  readonly managed: TaskManagementRequest[] = [];
  readonly nexuses = new Map<string, FakeNexus>();
  readonly ports: { readonly name?: string; readonly protocol?: number }[] = [];
  behaviour: Behaviour = () => 'disk';
  onLost: ((nexus: FakeNexus) => MaybePromise<void>) | undefined;
  released = 0;

  constructor(blocks = 256) {
    this.bytes = new Uint8Array(blocks * BLOCK);
  }

  /** As the server takes it. */
  get target(): Target {
    const shape = {
      ports: [],
      addPort: (options: { name?: string; protocol?: number }) => {
        this.ports.push(options);
        return {
          nexus: (initiator: string): FakeNexus => {
            const known = this.nexuses.get(initiator) ?? new FakeNexus(initiator, this);
            this.nexuses.set(initiator, known);
            return known;
          },
        };
      },
    };
    return shape as unknown as Target;
  }

  run(task: Task): MaybePromise<Response> {
    const { cdb } = task;
    const view = new DataView(cdb.buffer, cdb.byteOffset, cdb.length);
    switch (cdb[0]) {
      case 0x00: // TEST UNIT READY
        return this.good([]);
      case 0x12: // INQUIRY
        return this.good([inquiry().subarray(0, view.getUint16(3))]);
      case 0x25: {
        // READ CAPACITY(10)
        const data = new Uint8Array(8);
        new DataView(data.buffer).setUint32(0, this.bytes.length / BLOCK - 1);
        new DataView(data.buffer).setUint32(4, BLOCK);
        return this.good([data]);
      }
      case 0x9e: {
        // READ CAPACITY(16)
        const data = new Uint8Array(32);
        new DataView(data.buffer).setUint32(4, this.bytes.length / BLOCK - 1);
        new DataView(data.buffer).setUint32(8, BLOCK);
        return this.good([data.subarray(0, view.getUint32(10))]);
      }
      case 0xa0: {
        // REPORT LUNS
        const data = new Uint8Array(16);
        data[3] = 8;
        return this.good([data]);
      }
      case 0x1a: // MODE SENSE(6)
        return this.good([new Uint8Array([3, 0, 0, 0])]);
      case 0x28: // READ(10)
        return this.read(view.getUint32(2), view.getUint16(7));
      case 0x88: // READ(16)
        return this.read(view.getUint32(6), view.getUint32(10));
      case 0x2a: // WRITE(10)
        return this.write(task, view.getUint32(2), view.getUint16(7));
      case 0x8a: // WRITE(16)
        return this.write(task, view.getUint32(6), view.getUint32(10));
      case 0x35: // SYNCHRONIZE CACHE(10)
        return this.good([]);
      default:
        return check([0x05, 0x20, 0x00]); // ILLEGAL REQUEST, INVALID COMMAND OPERATION CODE
    }
  }

  good(dataIn: readonly Uint8Array[]): Response {
    return { status: 0, dataIn, dataOutLength: 0, release: () => void this.released++ };
  }

  read(lba: number, blocks: number): Response {
    if (lba + blocks > this.bytes.length / BLOCK) return check([0x05, 0x21, 0x00]);
    return this.good([this.bytes.subarray(lba * BLOCK, (lba + blocks) * BLOCK)]);
  }

  write(task: Task, lba: number, blocks: number): MaybePromise<Response> {
    if (lba + blocks > this.bytes.length / BLOCK) return check([0x05, 0x21, 0x00]);
    const length = blocks * BLOCK;
    const put = (data: Uint8Array): Response => {
      this.bytes.set(data, lba * BLOCK);
      return { status: 0, dataIn: [], dataOutLength: length };
    };
    const data = task.dataOut?.(length) ?? new Uint8Array(0);
    return data instanceof Promise ? data.then(put) : put(data);
  }
}

/** CHECK CONDITION with fixed sense. */
export function check([key, asc, ascq]: readonly [number, number, number]): Response {
  const sense = new Uint8Array(18);
  sense[0] = 0x70;
  sense[2] = key;
  sense[7] = 10;
  sense[12] = asc;
  sense[13] = ascq;
  return { status: 2, dataIn: [], dataOutLength: 0, sense };
}

export function inquiry(): Uint8Array {
  const data = new Uint8Array(96);
  data[2] = 6;
  data[3] = 2;
  data[4] = 91;
  data.set(new TextEncoder().encode('SCSI-TGTVirtual Disk    0001'), 8);
  return data;
}
