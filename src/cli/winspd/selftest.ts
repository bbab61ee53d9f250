/** `scsi-target winspd selftest`: whether disks on this Windows work, step by step. */
import {
  formatBtl,
  TRANSACT_KIND,
  type Miniport,
  type PassThroughCommand,
  type PassThroughResult,
} from '../../../driver/index.ts';
import { serveOn, type ServedDevice } from '../../../driver/device/serve-device.ts';
import { memoryBackend, type MemoryBackend } from '../../backend/memory.ts';
import { encodeCdb } from '../../cdb/index.ts';
import { encodeUnmapList } from '../../cdb/unmap.ts';
import { createDisk } from '../../create-disk.ts';
import { createTarget } from '../../create-target.ts';
import { decodeSense } from '../../sense/decode.ts';
import { describeSense } from '../../sense/text.ts';
import { CommandError } from '../errors.ts';
import { messageOf } from '../open-disk.ts';
import { writeLine } from '../terminal.ts';
import { withMiniport, type MiniportSurroundings } from './miniport-option.ts';

const BLOCK = 512;
const BLOCKS = 32_768;
/** Longer than one request may be, so that it comes in pieces. */
const LENGTH = 200;
const LBA = 1000;
/** The middle of what was written. */
const HOLE = { lba: LBA + 50, blocks: 100 } as const;

/** What is tested, and what a step may use. */
interface Subject {
  readonly miniport: Miniport;
  readonly backend: MemoryBackend;
  readonly served: ServedDevice;
  /** Flushes that reached the backend. */
  readonly flushes: () => number;
}

interface Step {
  readonly name: string;
  /** What to do where it fails. */
  readonly advice: string;
  /** @returns what there is to say about it. @throws Error - it fails */
  run(subject: Subject): Promise<string>;
}

const PATTERN = Uint8Array.from({ length: LENGTH * BLOCK }, (_, i) => (i * 31 + (i >> 9)) & 0xff);
const WITH_HOLE = PATTERN.slice().fill(0, 50 * BLOCK, 150 * BLOCK);
const REPORT =
  'run it again with nothing else at work; if it fails the same way, report it with these lines';

const STEPS: readonly Step[] = [
  {
    name: 'list',
    advice: 'see the System event log; another version of WinSpd may list its units otherwise',
    async run({ miniport, served: { btl, unit } }) {
      const units = await miniport.list();
      if (!units.includes(btl)) throw new Error(`${formatBtl(btl)} is not among ${units.length}`);
      const identity = await miniport.arrived(btl);
      if (identity === undefined) throw new Error('Windows does not find the unit');
      const { guid } = unit.params;
      if (identity.guid !== guid) throw new Error(`its GUID is ${identity.guid}, not ${guid}`);
      return `${guid}, process ${identity.processId ?? 'unknown'}`;
    },
  },
  {
    name: 'write',
    advice: REPORT,
    async run({ miniport, backend, served: { btl } }) {
      const cdb = encodeCdb({ op: 'WRITE', cdbLength: 16, lba: LBA, blocks: LENGTH });
      await good(miniport, btl, { cdb, dataOut: PATTERN });
      const stored = new Uint8Array(PATTERN.length);
      backend.read(LBA, stored);
      same(stored, PATTERN);
      return `${PATTERN.length} bytes`;
    },
  },
  {
    name: 'read',
    advice: REPORT,
    async run({ miniport, served: { btl } }) {
      same(await readBack(miniport, btl), PATTERN);
      return `${PATTERN.length} bytes`;
    },
  },
  {
    name: 'flush',
    advice: 'with such a WinSpd use disks without a write cache: cache=write-through',
    async run({ miniport, flushes, served: { btl } }) {
      const before = flushes();
      const cdb = encodeCdb({ op: 'SYNCHRONIZE CACHE', cdbLength: 10, lba: LBA, blocks: LENGTH });
      await good(miniport, btl, { cdb });
      if (flushes() === before) throw new Error('it did not reach the disk');
      return '';
    },
  },
  {
    name: 'unmap',
    advice: 'with such a WinSpd use disks without thin provisioning: thin=no',
    async run({ miniport, served: { btl } }) {
      const list = encodeUnmapList([HOLE]);
      const cdb = encodeCdb({ op: 'UNMAP', parameterListLength: list.length });
      await good(miniport, btl, { cdb, dataOut: list });
      same(await readBack(miniport, btl), WITH_HOLE);
      return `${HOLE.blocks} blocks`;
    },
  },
  {
    name: 'refuse a read past the end',
    advice: REPORT,
    async run({ miniport, served: { btl } }) {
      const cdb = encodeCdb({ op: 'READ', cdbLength: 16, lba: BLOCKS - 1, blocks: 2 });
      const { status, sense } = await miniport.execute(btl, { cdb, dataInLength: 2 * BLOCK });
      const said = outcome({ status, sense });
      if (!said.includes('LOGICAL BLOCK ADDRESS OUT OF RANGE')) throw new Error(said);
      return '';
    },
  },
  {
    name: 'drive',
    advice: 'rescan disks in Disk Management; see the System event log for the device',
    async run({ served }) {
      const number = await served.physicalDrive();
      if (number === undefined) throw new Error('Windows does not show the disk');
      return `\\\\.\\PhysicalDrive${number}`;
    },
  },
];

/**
 * Serves a disk in memory, and does with it what Windows does.
 *
 * @throws CommandError - something failed; what and what to do is written as it happens.
 */
export async function selftest(
  device: string | undefined,
  surroundings: MiniportSurroundings,
): Promise<void> {
  const { stdout } = surroundings;
  const failed: string[] = [];
  const report = async <T>(
    name: string,
    advice: string,
    run: () => Promise<{ readonly says: string; readonly value?: T }>,
  ): Promise<T | undefined> => {
    try {
      const { says, value } = await run();
      writeLine(stdout, `ok    ${name}${says && `: ${says}`}`);
      return value;
    } catch (error) {
      failed.push(name);
      writeLine(stdout, `FAIL  ${name}: ${messageOf(error)}`);
      writeLine(stdout, `      ${advice}`);
      return undefined;
    }
  };
  await withMiniport(surroundings, device, async (miniport) => {
    writeLine(stdout, 'ok    open');
    await testDisk(miniport, report, () =>
      withMiniport(surroundings, device, (again) => again.list()),
    );
  });
  if (failed.length > 0) throw new CommandError(`failed: ${failed.join(', ')}`);
  writeLine(stdout, 'everything passed');
}

type Report = <T>(
  name: string,
  advice: string,
  run: () => Promise<{ readonly says: string; readonly value?: T }>,
) => Promise<T | undefined>;

async function testDisk(miniport: Miniport, report: Report, look: Look): Promise<void> {
  const backend = memoryBackend({ blocks: BLOCKS, id: 'winspd selftest' });
  const target = createTarget([createDisk({ backend, cache: 'write-back', thin: true })]);
  let flushes = 0;
  const counted = { debugLog: 1 << TRANSACT_KIND.Flush, log: () => void flushes++ };
  const served = await report('provision', PROVISION_ADVICE, async () => {
    const value = await serveOn(miniport, target, counted);
    return { says: formatBtl(value.btl), value };
  });
  if (served !== undefined) {
    const subject: Subject = { miniport, backend, served, flushes: () => flushes };
    for (const step of STEPS)
      await report(step.name, step.advice, async () => ({ says: await step.run(subject) }));
    await report('remove', REMOVE_ADVICE, async () => {
      await served.unit.shutdown();
      if ((await look()).includes(served.btl)) throw new Error('it is still there');
      return { says: '' };
    });
  }
  await target.close();
}

/** Lists the units through another handle. */
type Look = () => Promise<readonly number[]>;

const PROVISION_ADVICE = 'a unit of another selftest may be there: see winspd list';
const REMOVE_ADVICE = 'it goes with this process; see winspd list';

async function readBack(miniport: Miniport, btl: number): Promise<Uint8Array> {
  const cdb = encodeCdb({ op: 'READ', cdbLength: 16, lba: LBA, blocks: LENGTH });
  return (await good(miniport, btl, { cdb, dataInLength: PATTERN.length })).data;
}

async function good(
  miniport: Miniport,
  btl: number,
  command: PassThroughCommand,
): Promise<PassThroughResult> {
  const result = await miniport.execute(btl, command);
  if (result.status !== 0) throw new Error(outcome(result));
  return result;
}

function outcome({ status, sense }: Pick<PassThroughResult, 'status' | 'sense'>): string {
  const decoded = decodeSense(sense);
  return decoded === undefined ? `status ${status.toString(16)}h` : describeSense(decoded);
}

function same(found: Uint8Array, expected: Uint8Array): void {
  const at = expected.findIndex((byte, i) => byte !== found[i]);
  if (found.length !== expected.length || at >= 0)
    throw new Error(`${found.length} bytes, the first wrong one at ${at}`);
}
