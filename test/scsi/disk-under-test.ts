/** A logical unit at LUN 0 with an initiator that sends raw CDBs, and an independent idea of sense data. */
import type { Backend } from '../../src/backend/backend.ts';
import { memoryBackend, type MemoryBackend } from '../../src/backend/memory.ts';
import { andThen, isPromise, type MaybePromise } from '../../src/maybe-promise.ts';
import { sbc } from '../../src/scsi/command-sets/sbc.ts';
import { LogicalUnit } from '../../src/scsi/logical-unit.ts';
import type { Nexus } from '../../src/scsi/nexus.ts';
import type { TargetPortOptions } from '../../src/scsi/target-port.ts';
import { Target } from '../../src/scsi/target.ts';
import type { Response, Task } from '../../src/scsi/task.ts';
import type { LogicalUnitOptions } from '../../src/scsi/unit-options.ts';
import { manualClock, type ManualClock } from '../../src/testing/manual-clock.ts';

/** Bytes written in hexadecimal, blanks between them as one likes. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not bytes: ${text}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** `count` bytes of a number, big-endian, in hexadecimal. */
export const be = (value: number | bigint, count: number): string =>
  BigInt(value)
    .toString(16)
    .padStart(2 * count, '0');

/** The answer to a command, as a test compares it. */
export interface Answer {
  readonly status: number;
  readonly data: Uint8Array;
  readonly sense?: Uint8Array;
  readonly dataOutLength: number;
}

/** Fields of sense data beside the codes. */
export interface Details {
  readonly information?: number;
  readonly cdb?: readonly [byte: number, bit?: number];
  readonly list?: readonly [byte: number, bit?: number];
  readonly deferred?: true;
}

/** Fixed format sense data, 18 bytes, written down from SPC. */
export function fixedSense(codes: string, details: Details = {}): Uint8Array {
  const [key, asc, ascq] = codes.split('/').map((code) => Number.parseInt(code, 16));
  const bytes = hex(`70 00 00 00000000 0a 00000000 00 00 00 000000`);
  const view = new DataView(bytes.buffer);
  if (details.deferred) bytes[0] = 0x71;
  bytes[2] = key ?? 0;
  bytes[12] = asc ?? 0;
  bytes[13] = ascq ?? 0;
  if (details.information !== undefined) {
    view.setUint8(0, view.getUint8(0) | 0x80); // VALID
    view.setUint32(3, details.information);
  }
  const pointer = details.cdb ?? details.list;
  if (pointer !== undefined) {
    const [byte, bit] = pointer;
    view.setUint8(15, 0x80 | (details.cdb ? 0x40 : 0) | (bit === undefined ? 0 : 0x08 | bit));
    view.setUint16(16, byte);
  }
  return bytes;
}

/** CHECK CONDITION with fixed format sense data, no data-in. `codes` is key/ASC/ASCQ in hexadecimal. */
export const refusal = (codes: string, details: Details = {}, dataOutLength = 0): Answer => ({
  status: 0x02,
  data: new Uint8Array(0),
  sense: fixedSense(codes, details),
  dataOutLength,
});

/** GOOD with these bytes of data-in. */
export const good = (data: string | Uint8Array = '', dataOutLength = 0): Answer => ({
  status: 0x00,
  data: typeof data === 'string' ? hex(data) : data,
  dataOutLength,
});

/** A response with its chunks joined (a copy) and released. */
export function answerOf(response: Response | undefined): Answer | undefined {
  if (response === undefined) return undefined;
  const data = new Uint8Array(Buffer.concat(response.dataIn));
  response.release?.();
  const { status, sense, dataOutLength } = response;
  return sense === undefined
    ? { status, data, dataOutLength }
    : { status, data, sense, dataOutLength };
}

/** How a command is sent. */
export interface Sending extends Partial<Omit<Task, 'cdb' | 'dataOut'>> {
  readonly from?: Nexus;
  /** Data-out that is there at once, or a function that fetches it. */
  readonly out?: Uint8Array | ((length: number) => MaybePromise<Uint8Array>);
}

/** A unit, its device and one initiator. */
export interface Bench {
  readonly target: Target;
  readonly unit: LogicalUnit;
  readonly nexus: Nexus;
  readonly clock: ManualClock;
  /** What `onError` was given. */
  readonly errors: unknown[];
  /** Another initiator, its power-on unit attention pending. */
  readonly stranger: (name: string) => Nexus;
  /** Another initiator that has been told of the power on. */
  readonly initiator: (name: string) => Nexus;
  /** Hands in a task as a transport does. */
  readonly start: (cdb: string, how?: Sending) => MaybePromise<Response | undefined>;
  /** The answer to a command that must end in this tick. */
  readonly send: (cdb: string, how?: Sending) => Answer;
  /** The answer to a command that may take its time; `undefined` where it was aborted. */
  readonly sendAsync: (cdb: string, how?: Sending) => Promise<Answer | undefined>;
}

/** How to make a {@link Bench}. */
export interface BenchOptions extends Partial<LogicalUnitOptions> {
  readonly port?: TargetPortOptions;
  readonly commands?: object;
}

let tags = 1;

/** Makes a unit over 2048 blocks of 512 bytes in RAM unless told otherwise. */
export function bench({ port, commands = sbc, ...options }: BenchOptions = {}): Bench {
  const clock = manualClock();
  const errors: unknown[] = [];
  const unit = new LogicalUnit(commands, {
    backend: memoryBackend({ blocks: 2048, id: 'bench' }),
    onError: (error) => errors.push(error),
    ...options,
  });
  const target = new Target({ clock });
  target.luns.add(0, unit);
  const targetPort = target.addPort(port);
  const stranger = (name: string): Nexus => targetPort.nexus(name);
  const initiator = (name: string): Nexus => {
    const nexus = stranger(name);
    for (const each of target.luns.units()) drain(each, nexus);
    return nexus;
  };
  const nexus = initiator('first');
  const start: Bench['start'] = (cdb, how = {}) => {
    const { from = nexus, out, ...rest } = how;
    let sent: Uint8Array | undefined;
    const response = from.execute({
      lun: 0,
      tag: tags++,
      ...rest,
      cdb: hex(cdb),
      ...(out && {
        dataOut: (length) =>
          andThen(typeof out === 'function' ? out(length) : out, (bytes) => {
            sent = bytes.slice(0, length);
            return sent;
          }),
      }),
    });
    return andThen(response, (ended) => {
      // A transport may use the memory again when the command has ended well.
      if (ended?.status === 0) sent?.fill(0xdb);
      return ended;
    });
  };
  return {
    target,
    unit,
    nexus,
    clock,
    errors,
    stranger,
    initiator,
    start,
    send(cdb, how) {
      const response = start(cdb, how);
      if (isPromise(response)) throw new Error('The command did not end in the same tick.');
      const answer = answerOf(response);
      if (answer === undefined) throw new Error('The task was aborted.');
      return answer;
    },
    sendAsync: async (cdb, how) => answerOf(await start(cdb, how)),
  };
}

function drain(unit: LogicalUnit, nexus: Nexus): void {
  const attentions = unit.attentions(nexus);
  while (attentions.pending) attentions.take();
}

/** A memory backend of 2048 blocks. */
export const memory = (blocks = 2048, blockLength = 512): MemoryBackend =>
  memoryBackend({ blocks, blockLength, id: 'bench' });

/** All bytes of a small backend. */
export function contents(backend: Backend): Uint8Array {
  const bytes = new Uint8Array(backend.blocks * backend.blockLength);
  void backend.read(0, bytes);
  return bytes;
}

/** Lets promises that can settle do so: the next turn of the event loop comes after all of them. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The first byte in which two arrays differ, or -1: quicker than a deep comparison of a megabyte. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  return a.findIndex((byte, i) => byte !== b[i]);
}

/** A function that must not be called. */
export const unexpected = (): never => {
  throw new Error('asked for data');
};
