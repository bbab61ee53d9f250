/** Plays a sequence of steps on two disks, each step held against the model. */
import { expect } from 'vitest';
import { BackendError, type Backend } from '../../../src/backend/backend.ts';
import type { UnitStore } from '../../../src/backend/unit-store.ts';
import { createDisk } from '../../../src/create-disk.ts';
import type { LogicalUnit } from '../../../src/scsi/logical-unit.ts';
import type { Nexus } from '../../../src/scsi/nexus.ts';
import { Target } from '../../../src/scsi/target.ts';
import type { Response } from '../../../src/scsi/task.ts';
import { manualClock } from '../../../src/testing/manual-clock.ts';
import { answerOf, hex, settle, type Answer } from '../../scsi/disk-under-test.ts';
import {
  BLOCK,
  BLOCKS,
  LUNS,
  NEXUSES,
  PASS,
  SOFT_THRESHOLD,
  TRANSITION,
  type Device,
  type Lun,
  type Who,
} from './device.ts';
import type { Command, Expected, Happening } from './exchange.ts';
import type { LimitedBackend } from './limited-backend.ts';
import { expectedSense, senseText } from './sense-text.ts';
import { exchange, type Step } from './steps.ts';
import { UnitModel } from './unit-model.ts';

/** A backend that outlives the unit, as a disk outlives the power, and fails when told to. */
interface Medium {
  readonly backend: Backend;
  failing: boolean;
}

/** What remains when a device is switched off. */
interface Kept {
  readonly media: readonly [Medium, Medium];
  readonly stores: readonly [UnitStore, UnitStore];
}

/** A command that waits for its data. */
interface WaitingTask {
  readonly answer: Promise<Response | undefined> | Response | undefined;
  deliver(): void;
}

/** A device that is switched on. */
interface Running {
  /** Commands that wait for their data, by tag. */
  readonly waiting: Map<number, WaitingTask>;
  readonly target: Target;
  readonly units: readonly [LogicalUnit, LogicalUnit];
  readonly nexuses: Readonly<Record<Who, Nexus>>;
}

const BYTES_A_SECOND = (BLOCKS * BLOCK * 1000) / PASS;

/** Plays the steps; throws at the first answer that is not that of the model. */
export async function play(
  backends: readonly [Backend, Backend],
  steps: readonly Step[],
): Promise<void> {
  const clock = manualClock();
  const kept: Kept = {
    media: [
      { backend: backends[0], failing: false },
      { backend: backends[1], failing: false },
    ],
    stores: [inRam(), inRam()],
  };
  let running = await switchOn(kept, clock);
  const units: UnitModel[] = [];
  const device: Device = { units: units as unknown as Device['units'], tokens: [], now: 0 };
  for (const unit of running.units) {
    units.push(modelOf(unit, device));
    // That the power came on is told again after a power cycle.
    for (const who of NEXUSES) unit.attentions(running.nexuses[who]).take();
  }
  try {
    for (const step of steps) {
      const what = `${step.who} ${step.lun} ${step.do}`;
      const made = exchange(device, step);
      if ('manage' in made) {
        const done = running.nexuses[step.who].manage({
          function: made.manage,
          lun: step.lun,
          ...(made.tag !== undefined && { tag: made.tag }),
        });
        expect(await inTime(done, what), what).toBe('FUNCTION COMPLETE');
      } else if ('happens' in made) {
        if (made.happens === 'power cycle') {
          await running.target.close();
          running = await switchOn(kept, clock);
        } else await happen(made, running, step.lun, clock);
      } else if ('arrivesFor' in made) {
        const task = running.waiting.get(made.arrivesFor)!;
        task.deliver();
        if (made.expected !== undefined)
          compare(answerOf(await inTime(task.answer, what)), made.expected, what);
      } else await command(made, what, running, step, kept, clock);
      await progress(device, running, clock);
      await completed(device, running, what);
      await endedEarly(device, running, what);
    }
    await compareMedia(kept, device);
  } finally {
    await running.target.close();
    for (const backend of backends) await backend.close?.();
  }
}

const inRam = (): UnitStore => {
  let state: Readonly<Record<string, unknown>> | undefined;
  return {
    load: () => state,
    save: (next) => {
      state = next;
    },
  };
};

async function switchOn(
  { media, stores }: Kept,
  clock: ReturnType<typeof manualClock>,
): Promise<Running> {
  const target = new Target({ clock });
  const units = LUNS.map((lun) => {
    const unit = createDisk({
      backend: connected(media[lun]),
      serial: `disk ${lun}`,
      removable: true,
      alua: 'both',
      transitionTime: TRANSITION,
      ...(limitOf(media[lun]) !== undefined && { softThreshold: SOFT_THRESHOLD }),
      formatRate: BYTES_A_SECOND,
      sanitizeRate: BYTES_A_SECOND,
      store: stores[lun],
    });
    target.luns.add(lun, unit);
    return unit;
  }) as unknown as Running['units'];
  const ports = [target.addPort({ portGroup: 1 }), target.addPort({ portGroup: 2 })] as const;
  const nexuses = { a1: ports[0].nexus('a'), b1: ports[0].nexus('b'), a2: ports[1].nexus('a') };
  // The units have to have loaded what they kept, and to know who is there.
  for (const lun of LUNS) await nexuses.a1.execute({ lun, tag: 0, cdb: hex('12 00 00 0000 00') });
  for (const unit of units) for (const who of NEXUSES) unit.attentions(nexuses[who]);
  return { target, units, nexuses, waiting: new Map() };
}

const limitOf = ({ backend }: { readonly backend: Partial<LimitedBackend> }): number | undefined =>
  backend.limit;

function modelOf({ settings, medium, identity }: LogicalUnit, device: Device): UnitModel {
  const { thin, maxAtomicBlocks, anchors } = settings;
  const knowsMapped = !thin || medium.backend.extent !== undefined;
  const { naa } = identity;
  const atomic = maxAtomicBlocks > 0;
  const limit = limitOf(medium);
  return new UnitModel({ thin, atomic, anchors, knowsMapped, limit, naa }, device);
}

/** Which backend is behind one that {@link connected} gave: a backend clones from its own kind. */
const behind = new WeakMap<object, Backend>();

/** A backend that is not closed with its unit. */
function connected(medium: Medium): Backend {
  const proxy = new Proxy(medium.backend, {
    get(backend, name) {
      if (name === 'close') return undefined;
      const value: unknown = Reflect.get(backend, name, backend);
      if (typeof value !== 'function') return value;
      return (...parameters: readonly unknown[]): unknown => {
        if (medium.failing && (name === 'write' || name === 'unmap'))
          throw new BackendError('medium', 'The test wants it so.');
        return Reflect.apply(
          value,
          backend,
          parameters.map((each) => behind.get(each as object) ?? each),
        );
      };
    },
  });
  behind.set(proxy, medium.backend);
  return proxy;
}

/** A command that is not answered at all fails the test; without this it would hang. */
async function inTime<T>(answer: T | Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer`)), NO_ANSWER);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

const NO_ANSWER = 5000;

let tag = 1;

async function command(
  { cdb, out, expected, lasts, fails, waitsAs, attribute }: Command,
  name: string,
  { nexuses, units, waiting }: Running,
  { who, lun }: Step,
  { media }: Kept,
  clock: ReturnType<typeof manualClock>,
): Promise<void> {
  if (waitsAs !== undefined) {
    waiting.set(waitsAs, send(nexuses[who], lun, waitsAs, hex(cdb), out!, attribute));
    return;
  }
  const medium = media[lun];
  medium.failing = fails === true;
  const pending = nexuses[who].execute({
    lun,
    tag: tag++,
    cdb: hex(cdb),
    ...(attribute && { attribute }),
    ...(out && {
      dataOut: (length: number) => out.subarray(0, length),
      dataOutLength: out.length,
    }),
  });
  if (lasts !== undefined || fails === true) {
    const done = ended(pending);
    // Without IMMED the answer comes at the end; an operation that fails does so behind its answer.
    const goesOn = (): boolean => !done() || (medium.failing && units[lun].operation.inProgress);
    clock.advance(lasts ?? 0);
    while (goesOn()) {
      clock.advance(0);
      await settle();
    }
  }
  medium.failing = false;
  compare(answerOf(await inTime(pending, name)), expected, `${name}: ${cdb}`);
}

function compare(answer: Answer | undefined, expected: Expected, what: string): void {
  const sense =
    answer!.sense === undefined ? undefined : senseText(answer!.sense, expected.progress ?? 0);
  expect(`${what} ${answer!.status.toString(16)} ${sense}`).toBe(
    `${what} ${expected.status.toString(16)} ${expectedSense(expected)}`,
  );
  const { data } = expected;
  if (typeof data === 'function') expect(data(answer!.data), what).toBeUndefined();
  else expect(Buffer.compare(answer!.data, data ?? hex('')), what).toBe(0);
}

/** Sends a WRITE whose data comes later; should it be aborted, none comes. */
function send(
  nexus: Nexus,
  lun: Lun,
  ofTask: number,
  cdb: Uint8Array,
  out: Uint8Array,
  attribute: Command['attribute'],
): WaitingTask {
  let give: ((data: Uint8Array) => void) | undefined;
  const data = new Promise<Uint8Array>((resolve) => {
    give = resolve;
  });
  const answer = nexus.execute({
    lun,
    tag: ofTask,
    cdb,
    ...(attribute && { attribute }),
    dataOut: () => data,
    dataOutLength: out.length,
    cancel: () => give?.(new Uint8Array(0)),
  });
  return { answer, deliver: () => give?.(out) };
}

/** Commands that went on because an ACA condition ended. */
async function completed(device: Device, { waiting }: Running, what: string): Promise<void> {
  for (const unit of device.units)
    for (const { tag: ofTask, expected } of unit.completed.splice(0))
      compare(answerOf(await inTime(waiting.get(ofTask)!.answer, what)), expected, `after ${what}`);
}

/** Commands that were ended before their data came: with TASK ABORTED, or without an answer. */
async function endedEarly(device: Device, { waiting }: Running, what: string): Promise<void> {
  for (const unit of device.units)
    for (const { tag: ofTask, answered } of unit.endedEarly.splice(0)) {
      const answer = await inTime(waiting.get(ofTask)!.answer, what);
      expect(answer?.status, `${what} ends a command that waits`).toBe(answered ? 0x40 : undefined);
    }
}

/** Whether a command has been answered. */
function ended(pending: Promise<Response | undefined> | Response | undefined): () => boolean {
  let done = false;
  void Promise.resolve(pending).then(() => {
    done = true;
  });
  return () => done;
}

const STATES = ['active/optimized', 'active/non-optimized', 'standby', 'unavailable'] as const;

async function happen(
  { happens, passes = 0, access }: Happening,
  { units }: Running,
  lun: Lun,
  clock: ReturnType<typeof manualClock>,
): Promise<void> {
  if (happens === 'eject') units[lun].eject();
  else if (happens === 'insert') units[lun].load();
  else if (access !== undefined) units[lun].access.set(access[1], STATES[access[0]]!);
  else clock.advance(passes);
}

/** Lets a backend that takes its time do what is due. */
async function progress(
  device: Device,
  { units }: Running,
  clock: ReturnType<typeof manualClock>,
): Promise<void> {
  for (const lun of LUNS) {
    const least =
      device.units[lun].operation === undefined ? Infinity : device.units[lun].obstacle!.progress!;
    const late = (): boolean => {
      const { inProgress, sense } = units[lun].operation;
      return inProgress && (sense?.progress ?? 0) < least;
    };
    while (late()) {
      clock.advance(0);
      await settle();
    }
  }
}

async function compareMedia({ media }: Kept, { units }: Device): Promise<void> {
  for (const lun of LUNS) {
    if (units[lun].operation !== undefined) continue;
    const all = new Uint8Array(BLOCKS * BLOCK);
    await media[lun].backend.read(0, all);
    expect(Buffer.compare(all, units[lun].bytes), `the medium of LUN ${lun}`).toBe(0);
  }
}
