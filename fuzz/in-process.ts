/** Attacks units without a transport between: any command, with any data, of several initiators at once. */
import { setTimeout as delay } from 'node:timers/promises';
import { createTarget } from '../src/index.ts';
import type { Nexus } from '../src/scsi/index.ts';
import type { TaskManagementFunction } from '../src/scsi/index.ts';
import { attempt, type Attempt } from './commands.ts';
import { countAnswer, IllFormed, type Coverage } from './coverage.ts';
import type { Found } from './parameter-lists.ts';
import { randomOf, type Random } from './random.ts';
import { attackedUnits, GEOMETRIES } from './units.ts';

/** Milliseconds in which all that was begun has to have ended. */
const PATIENCE = 20_000;
/** Commands of one attack. */
const COMMANDS = 100;

const FUNCTIONS: readonly TaskManagementFunction[] = [
  'ABORT TASK',
  'ABORT TASK SET',
  'CLEAR ACA',
  'CLEAR TASK SET',
  'I_T NEXUS RESET',
  'LOGICAL UNIT RESET',
  'QUERY ASYNCHRONOUS EVENT',
  'QUERY TASK',
  'QUERY TASK SET',
  'TARGET RESET',
];

const ATTRIBUTES = ['simple', 'simple', 'simple', 'ordered', 'head of queue', 'aca'] as const;

/** One initiator, and what it has under way. */
interface Initiator {
  readonly nexus: Nexus;
  readonly found: Found;
  /** Its tasks, by tag: what the unit is made of. */
  readonly running: Map<number, Attempt>;
}

/**
 * Attacks a target of its own; gives the number of commands.
 *
 * @throws Error - a command threw, did not end, or was answered with what is no answer.
 */
export async function attackUnits(
  seed: number,
  number: number,
  coverage: Coverage,
): Promise<number> {
  const random = randomOf(seed, number);
  let thrown: unknown;
  const target = createTarget(
    attackedUnits((error) => {
      thrown ??= error;
    }),
  );
  const port = target.addPort();
  const initiators = ['one', 'two'].map((name): Initiator => ({
    nexus: port.nexus(name),
    found: { dataIn: new Map() },
    running: new Map(),
  }));
  const answers: Promise<void>[] = [];
  for (let tag = 0; tag < COMMANDS; tag++) {
    const initiator = random.pick(initiators);
    if (random.chance(0.05)) await manage(random, initiator, tag);
    answers.push(execute(random, initiator, tag, coverage));
    // Some wait for what is slow, most do not.
    if (random.chance(0.1)) await inTime(Promise.all(answers), initiators);
  }
  await inTime(Promise.all(answers), initiators);
  if (thrown !== undefined) throw thrown;
  return COMMANDS;
}

async function manage(random: Random, { nexus }: Initiator, tag: number): Promise<void> {
  const which = random.pick(FUNCTIONS);
  const lun = random.int(9);
  await nexus.manage({ function: which, lun, tag: Math.max(0, tag - 1 - random.int(4)) });
}

async function execute(
  random: Random,
  { nexus, found, running }: Initiator,
  tag: number,
  coverage: Coverage,
): Promise<void> {
  const made = attempt(random, found);
  const { lun, cdb, dataOut, dataInLength } = made;
  running.set(tag, made);
  const response = await nexus.execute({
    lun,
    tag,
    cdb,
    attribute: random.pick(ATTRIBUTES),
    priority: random.int(16),
    ...(random.chance(0.8) && { dataOutLength: dataOut.length }),
    ...(random.chance(0.3) && { dataIn: new Uint8Array(Math.min(dataInLength, 65_536)) }),
    dataOut: (length) => dataOut.subarray(0, length),
  });
  running.delete(tag);
  if (response === undefined) {
    coverage.add('statuses', 'none: aborted');
    return;
  }
  try {
    countAnswer(coverage, response.status, response.sense);
  } catch (error) {
    if (error instanceof IllFormed) error.message += ` after ${told(made)}`;
    throw error;
  }
  const dataIn = Buffer.concat(response.dataIn);
  if (dataIn.length > 0) found.dataIn.set(cdb[0]!, dataIn.subarray(0, 4096));
  response.release?.();
}

/** Waits, but not for ever. What an auto contingent allegiance holds back is let go meanwhile. */
async function inTime(all: Promise<unknown>, initiators: readonly Initiator[]): Promise<void> {
  const begin = performance.now();
  const ended = all.then(() => true);
  while (!(await Promise.race([ended, delay(20, false)]))) {
    if (performance.now() - begin > PATIENCE) {
      const waiting = initiators.flatMap(({ running }) => [...running.values()].map(told));
      throw new Error(`these have not ended: ${waiting.join('; ')}`);
    }
    for (const { nexus } of initiators)
      for (const lun of GEOMETRIES.keys()) await nexus.manage({ function: 'CLEAR ACA', lun });
  }
}

const told = ({ lun, cdb, dataOut }: Attempt): string =>
  `LUN ${lun}, CDB ${Buffer.from(cdb).toString('hex')}, data-out ${Buffer.from(dataOut.subarray(0, 256)).toString('hex')}`;
