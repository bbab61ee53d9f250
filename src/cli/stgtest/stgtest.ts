/** `scsi-target stgtest`: writes, reads, flushes and unmaps, and looks whether it all came back. */
import { hiLo } from '../../../driver/index.ts';
import { CommandError, UsageError } from '../errors.ts';
import type { InitiatorFlags } from '../initiator-option.ts';
import { messageOf } from '../open-disk.ts';
import { writeLine, type Terminal } from '../terminal.ts';
import { pattern } from './pattern.ts';
import { plan, type Operation, type OperationKind, type PlanOptions } from './plan.ts';
import { connectUnit, type TestedUnit } from './tested-unit.ts';

/** The arguments of `stgtest`, as they were written. */
export interface StgtestArguments {
  /** A pipe or an iSCSI URL. */
  readonly device: string;
  /** OpCount. */
  readonly operations: string;
  /** Letters of RWFU. */
  readonly kinds?: string;
  /** Address, or `*`. */
  readonly address?: string;
  /** Count, or `*`. */
  readonly count?: string;
  /** `-s`. */
  readonly seed?: string;
  /** Who logs in to an iSCSI URL. */
  readonly initiator?: InitiatorFlags;
}

/**
 * Runs `stgtest`.
 *
 * @throws UsageError - the arguments make no sense.
 * @throws CommandError - an operation failed, or a read gave something else than it has to.
 */
export async function stgtest(
  args: StgtestArguments,
  terminal: Pick<Terminal, 'stdout' | 'stderr'>,
): Promise<void> {
  const options = parsePlan(args);
  const { seed, operations, kinds, address = '*', count = '*' } = options;
  const command = ['stgtest', '-s', seed, args.device, operations, kinds.join(''), address, count];
  writeLine(terminal.stdout, command.join(' '));
  const unit = await connected(args, terminal.stderr);
  try {
    for (const operation of plan(options, unit)) await perform(unit, operation);
  } finally {
    await unit.close().catch(() => {}); // the first failure is the one to tell
  }
  writeLine(terminal.stdout, 'OK');
}

const NAMES = { R: 'Read', W: 'Write', F: 'Flush', U: 'Unmap' } as const;

/** A number as WinSpd takes it: decimal, or hexadecimal after 0x. */
function number(name: string, text: string, largest: number): number {
  const value = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value <= largest))
    throw new UsageError(`${name} '${text}' is not a number from 0 to ${largest}`);
  return value;
}

function parsePlan(args: StgtestArguments): PlanOptions {
  const { kinds: letters = 'WR', address = '0', count = '1' } = args;
  const kinds = letters
    .toUpperCase()
    .split('')
    .filter((letter) => letter in NAMES) as OperationKind[];
  if (kinds.length === 0) throw new UsageError(`'${letters}' has none of R, W, F, U`);
  return {
    operations: number('OpCount', args.operations, Number.MAX_SAFE_INTEGER) || 1,
    kinds,
    seed: number('seed', args.seed ?? String(Date.now() % 2 ** 32), 0xffff_ffff),
    ...(address !== '*' && { address: number('Address', address, Number.MAX_SAFE_INTEGER) }),
    ...(count !== '*' && { count: number('Count', count, 0xffff_ffff) }),
  };
}

async function connected(
  { device, initiator = {} }: StgtestArguments,
  stderr: Terminal['stderr'],
): Promise<TestedUnit> {
  try {
    return await connectUnit(device, initiator, stderr);
  } catch (error) {
    if (error instanceof UsageError || error instanceof CommandError) throw error;
    throw new CommandError(messageOf(error), { cause: error });
  }
}

async function perform(unit: TestedUnit, operation: Operation): Promise<void> {
  const { kind, address, count, after } = operation;
  const problem = (text: string, cause?: unknown): CommandError =>
    new CommandError(`${NAMES[kind]}(Address=${hiLo(address)}, Count=${count}): ${text}`, {
      cause,
    });
  try {
    if (kind === 'W') await unit.write(address, pattern(address, count, unit.blockLength));
    else if (kind === 'F') await unit.flush(address, count);
    else if (kind === 'U') await unit.unmap(address, count);
    else {
      const data = await unit.read(address, count);
      if (after !== undefined && !isExpected(data, unit, operation))
        throw problem(`bad buffer: after ${NAMES[after]}`);
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw problem(`transact error: ${messageOf(error)}`, error);
  }
}

function isExpected(
  data: Uint8Array,
  { blockLength }: TestedUnit,
  { address, count, after }: Operation,
): boolean {
  const expected =
    after === 'W' ? pattern(address, count, blockLength) : new Uint8Array(count * blockLength);
  return Buffer.compare(data, expected) === 0;
}
