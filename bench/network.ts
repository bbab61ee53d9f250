/** Our target against tgt, and against a responder that does nothing but answer. */
import { randomReads, sequential, type SequentialLoad } from './programs.ts';
import type { Comparison } from './measure.ts';
import type { Server } from './servers.ts';

/** The targets, each with a disk of the same size in RAM. */
export interface Contestants {
  readonly own: Server;
  /** Ours, with its disk in a file, as tgt has it. */
  readonly ownFile: Server;
  readonly tgt: Server;
  readonly bare: Server;
}

const KIB = 1024;

/** Seconds of random reads. */
const TIME = 2;

/** Loads of `qemu-img bench`, with the ratio to tgt that is wanted of each. */
const LOADS: readonly (SequentialLoad & { readonly name: string; readonly goal: number })[] = [
  {
    name: '4 KiB read, depth 32',
    depth: 32,
    size: 4 * KIB,
    requests: 60_000,
    write: false,
    goal: 2.5,
  },
  {
    name: '4 KiB write, depth 32',
    depth: 32,
    size: 4 * KIB,
    requests: 60_000,
    write: true,
    goal: 2,
  },
  {
    name: '4 KiB read, depth 1',
    depth: 1,
    size: 4 * KIB,
    requests: 10_000,
    write: false,
    goal: 0.9,
  },
  {
    name: '256 KiB read, depth 32',
    depth: 32,
    size: 256 * KIB,
    requests: 6000,
    write: false,
    goal: 1.3,
  },
  {
    name: '256 KiB write, depth 32',
    depth: 32,
    size: 256 * KIB,
    requests: 6000,
    write: true,
    goal: 1.5,
  },
];

/** Sessions at once. */
const SESSIONS = 4;

/** What there is to compare over iSCSI. */
export function network({ own, ownFile, tgt, bare }: Contestants): readonly Comparison[] {
  return [
    {
      name: '4 KiB random read, depth 32 (iscsi-perf), to tgt',
      unit: 'commands/s',
      goal: { at: 'least', ratio: 2.5 },
      prepare: () => ({
        subject: () => randomReads(own.url, TIME),
        baseline: () => randomReads(tgt.url, TIME),
      }),
    },
    {
      name: '4 KiB random read, depth 32 (iscsi-perf), to a bare responder',
      unit: 'commands/s',
      goal: { at: 'least', ratio: 0.85 },
      prepare: () => ({
        subject: () => randomReads(own.url, TIME),
        baseline: () => randomReads(bare.url, TIME),
      }),
    },
    ...LOADS.map(({ name, goal, ...load }): Comparison => ({
      name: `${name} (qemu-img bench), to tgt`,
      unit: 'commands/s',
      goal: { at: 'least', ratio: goal },
      prepare: () => ({
        subject: () => sequential(own.url, load),
        baseline: () => sequential(tgt.url, load),
      }),
    })),
    ...LOADS.filter(({ write }) => write).map((load): Comparison => ({
      name: `${load.name} (qemu-img bench), to a bare responder`,
      unit: 'commands/s',
      prepare: () => ({
        subject: () => sequential(own.url, load),
        baseline: () => sequential(bare.url, load),
      }),
    })),
    ...LOADS.map((load): Comparison => ({
      name: `${load.name}, of a file (qemu-img bench), to tgt`,
      unit: 'commands/s',
      prepare: () => ({
        subject: () => sequential(ownFile.url, load),
        baseline: () => sequential(tgt.url, load),
      }),
    })),
    {
      name: `4 KiB random read, ${SESSIONS} sessions of depth 32, to tgt`,
      unit: 'commands/s',
      goal: { at: 'least', ratio: 1.5 },
      prepare: () => ({ subject: () => together(own), baseline: () => together(tgt) }),
    },
    {
      name: `processor time a command in that, to tgt`,
      unit: 'µs',
      prepare: () => ({ subject: () => cpuOfCommand(own), baseline: () => cpuOfCommand(tgt) }),
    },
  ];
}

async function together({ url }: Server): Promise<number> {
  const each = Array.from({ length: SESSIONS }, () => randomReads(url, TIME));
  return (await Promise.all(each)).reduce((sum, rate) => sum + rate, 0);
}

/** Microseconds of the server's processor time. */
async function cpuOfCommand(server: Server): Promise<number> {
  const before = await server.cpuSeconds();
  const commands = (await together(server)) * TIME;
  return (((await server.cpuSeconds()) - before) * 1e6) / commands;
}
