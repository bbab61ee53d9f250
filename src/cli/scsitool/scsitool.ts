/** `scsi-target scsitool`: asks a disk what it is, and shows every field of the answer. */
import { readFileSync } from 'node:fs';
import { decodeCdb, findSpec, isUndecodable, transferLength } from '../../cdb/index.ts';
import { STATUS } from '../../scsi/status.ts';
import { SENSE_KEY } from '../../sense/codes.ts';
import { decodeSense } from '../../sense/decode.ts';
import { describeSense } from '../../sense/text.ts';
import { DiskClient } from '../../transport/disk-client.ts';
import type { CommandOutcome, Initiator, InitiatorCommand } from '../../transport/initiator.ts';
import { CommandError, UsageError } from '../errors.ts';
import { formatHex, parseHex } from '../hex.ts';
import type { InitiatorFlags } from '../initiator-option.ts';
import { messageOf } from '../open-disk.ts';
import { writeLine, type Terminal } from '../terminal.ts';
import { devicePath, openDevice, type BusAddress, type Device } from './device.ts';
import { readFields, type FieldList } from './fields.ts';
import { fieldLines, fieldTable } from './format.ts';
import { DESCRIPTOR_SENSE, FIXED_SENSE, SENSE_LENGTH, type Query } from './queries.ts';

/** Options of every command of scsitool. */
export interface ScsitoolFlags extends InitiatorFlags {
  /** Lines in place of a table. */
  readonly canonical?: boolean;
}

type Output = Pick<Terminal, 'stdout' | 'stderr'>;

/**
 * Sends the CDB of a query, and prints the fields of what comes.
 *
 * @param address - `b:t:l` as WinSpd has it; other transports have bus 0 and target 0.
 * @throws UsageError - the device or the address is none.
 * @throws CommandError - nobody is there, or the command did not end with GOOD; its sense data has been
 * printed.
 */
export async function query(
  { cdb, length, fields, description }: Query,
  device: string,
  address: string | undefined,
  flags: ScsitoolFlags,
  output: Output,
): Promise<void> {
  await withDevice(device, address, flags, output, async ({ initiator, lun }) => {
    const outcome = await execute(initiator, { lun, cdb, dataInLength: length });
    if (outcome.status === STATUS.GOOD) print(fields, outcome.dataIn, flags, output);
    else refused(description, outcome, flags, output);
  });
}

/** Prints where a device is found. @throws UsageError, CommandError - it is none, or not found. */
export async function devpath(device: string, { stdout }: Output): Promise<void> {
  await explained(async () => writeLine(stdout, await devicePath(device)));
}

/** A CDB of one's own, and its data. */
export interface RawCommand {
  /** Hex digits. */
  readonly cdb: string;
  /** Bytes of data-in that are wanted. Default: as many as the CDB says, where it is known here. */
  readonly dataIn?: number;
  /** Data-out in hex digits. */
  readonly out?: string;
  /** The file with data-out. */
  readonly outFile?: string;
  /** `b:t:l`. Default: what the device's name says. */
  readonly address?: string;
}

/**
 * Sends a CDB as it is, and prints the data that comes.
 *
 * @throws UsageError - the device is none, or an option makes no sense.
 * @throws CommandError - as {@link query}; or the file cannot be read.
 */
export async function rawCommand(
  raw: RawCommand,
  device: string,
  flags: ScsitoolFlags,
  output: Output,
): Promise<void> {
  const cdb = parseHex(raw.cdb);
  const dataOut = dataOutOf(raw);
  if (dataOut !== undefined && raw.dataIn !== undefined)
    throw new UsageError('a command has data-in (--in) or data-out (--out, --out-file), not both');
  await withDevice(device, raw.address, flags, output, async ({ initiator, lun }) => {
    const data =
      dataOut === undefined
        ? {
            dataInLength: raw.dataIn ?? (await expectedLength(new DiskClient(initiator, lun), cdb)),
          }
        : { dataOut };
    const outcome = await execute(initiator, { lun, cdb, ...data });
    if (outcome.status !== STATUS.GOOD && outcome.status !== STATUS.CONDITION_MET)
      refused('the command', outcome, flags, output);
    if (outcome.dataIn.length === 0) writeLine(output.stdout, `ScsiStatus=${outcome.status}`);
    else output.stdout.write(hexDump(outcome.dataIn, flags));
  });
}

async function withDevice(
  name: string,
  address: string | undefined,
  flags: ScsitoolFlags,
  { stderr }: Output,
  use: (device: Device) => Promise<void>,
): Promise<void> {
  await explained(async () => {
    const at = address === undefined ? undefined : parseAddress(address);
    const device = await openDevice(name, at, flags, stderr);
    try {
      await use(device);
    } catch (error) {
      await device.close().catch(() => {}); // the first failure is the one to tell
      throw error;
    }
    await device.close();
  });
}

async function explained(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof UsageError || error instanceof CommandError) throw error;
    throw new CommandError(messageOf(error), { cause: error });
  }
}

/** A unit tells of each condition once; one that tells of more than this many does not stop. */
const MOST_ATTENTIONS = 16;

/** Our session is new, so the first answer is often that of a power on: asked again, as Windows does. */
async function execute(initiator: Initiator, command: InitiatorCommand): Promise<CommandOutcome> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await initiator.execute(command);
    const sense = outcome.sense && decodeSense(outcome.sense);
    const attention = sense?.key === SENSE_KEY.UNIT_ATTENTION && sense.deferred !== true;
    if (!attention || attempt === MOST_ATTENTIONS) return outcome;
  }
}

function print(
  fields: FieldList,
  bytes: Uint8Array,
  flags: ScsitoolFlags,
  { stdout }: Output,
): void {
  stdout.write((flags.canonical === true ? fieldLines : fieldTable)(readFields(fields, bytes)));
}

/** Shows status and sense data as scsitool does, in 32 bytes. */
function refused(
  what: string,
  { status, sense }: CommandOutcome,
  flags: ScsitoolFlags,
  output: Output,
): never {
  writeLine(output.stdout, `ScsiStatus=${status}`);
  const shown = new Uint8Array(SENSE_LENGTH);
  if (sense !== undefined) shown.set(sense.subarray(0, SENSE_LENGTH));
  const ofDescriptors = ((shown[0] ?? 0) & 0x7e) === 0x72;
  print(ofDescriptors ? DESCRIPTOR_SENSE : FIXED_SENSE, shown, flags, output);
  const name = Object.entries(STATUS).find(([, value]) => value === status)?.[0] ?? String(status);
  const decoded = sense && decodeSense(sense);
  const why = decoded === undefined ? '' : `, ${describeSense(decoded)}`;
  throw new CommandError(`${what}: ${name.replaceAll('_', ' ')}${why}`);
}

/** As WinSpd has it, what is missing is missing on the left. @throws UsageError - it is no `b:t:l` */
function parseAddress(text: string): BusAddress {
  const [lun = 0, target = 0, bus = 0] = text.split(':').map(Number).toReversed();
  if (!/^\d{1,3}(:\d{1,3}){0,2}$/.test(text) || Math.max(lun, target, bus) > 255)
    throw new UsageError(`'${text}' is not B:T:L, each 0 to 255`);
  return { bus, target, lun };
}

function dataOutOf({ out, outFile }: RawCommand): Uint8Array | undefined {
  if (out !== undefined && outFile !== undefined)
    throw new UsageError('one of --out and --out-file has the data');
  if (outFile === undefined) return out === undefined ? undefined : parseHex(out);
  try {
    return new Uint8Array(readFileSync(outFile));
  } catch (error) {
    throw new CommandError(`--out-file ${outFile}: ${messageOf(error)}`, { cause: error });
  }
}

/** The data-in that a CDB asks for; 0 where it asks for none, or is not known here. */
async function expectedLength(disk: DiskClient, cdb: Uint8Array): Promise<number> {
  const spec = findSpec(cdb);
  const request = decodeCdb(cdb, { reservedBits: 'ignore' });
  if (isUndecodable(spec) || isUndecodable(request)) return 0;
  const blockLength = spec.transfer === 'blocks in' ? await disk.blockLength() : 0;
  const { direction, length } = transferLength(spec, request, blockLength);
  return direction === 'in' ? length : 0;
}

function hexDump(bytes: Uint8Array, { canonical = false }: ScsitoolFlags): string {
  if (canonical) return `DATA=${formatHex(bytes)}\n`;
  let text = '';
  for (let at = 0; at < bytes.length; at += 16)
    text += `${at.toString(16).padStart(8, '0')}  ${formatHex(bytes.subarray(at, at + 16))}\n`;
  return text;
}
