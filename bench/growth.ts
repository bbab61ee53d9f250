/** What must not depend on how large a disk is, how many LUNs there are, or who else is logged in. */
import { createDisk, createTarget } from '../src/index.ts';
import { memoryBackend } from '../src/backend/memory.ts';
import { putU32, putU64 } from '../src/bytes.ts';
import { isPromise } from '../src/maybe-promise.ts';
import type { IscsiInitiator } from '../src/transport/iscsi/index.ts';
import { nanosecondsOf, type Comparison, type Goal } from './measure.ts';
import { randomReads, sequential } from './programs.ts';
import { connect, runNode, serveOwn, type Server } from './servers.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const PIB = 1024 * 1024 * GIB;
const BLOCK = 512;
const LENGTH = 4 * KIB;

/** Milliseconds a measurement. */
const TIME = 400;

/** Bytes that are read over and over, wherever on the disk they are. */
const WORKING_SET = 64 * MIB;
/** They lie in pieces of so many bytes, spread over the disk. */
const PIECE = 64 * KIB;

const FLAT: Goal = { at: 'most', ratio: 1.15 };

/** Nanoseconds of a READ(16) in the process, on the last of `luns` LUNs of `size` bytes each. */
function reads(size: number, luns = 1): () => number {
  const units = Array.from({ length: luns }, () =>
    createDisk({ backend: memoryBackend({ size }) }),
  );
  const lun = luns - 1;
  const nexus = createTarget(units).addPort({ name: 'bench' }).nexus('bench');
  const data = new Uint8Array(LENGTH).fill(1);
  const pieces = WORKING_SET / PIECE;
  const apart = size / pieces / BLOCK;
  const commands = (opcode: number): Uint8Array[] =>
    Array.from({ length: WORKING_SET / LENGTH }, (_, i) => {
      // A step that visits every place once, in no order that a processor foresees.
      const at = (i * 4099) % (WORKING_SET / LENGTH);
      const inPiece = at % (PIECE / LENGTH);
      const lba = Math.floor(at / (PIECE / LENGTH)) * apart + (inPiece * LENGTH) / BLOCK;
      const cdb = new Uint8Array(16);
      cdb[0] = opcode;
      putU64(cdb, 2, lba);
      putU32(cdb, 10, LENGTH / BLOCK);
      return cdb;
    });
  const send = (cdb: Uint8Array, tag: number): void => {
    const response = nexus.execute({ lun, tag, cdb, dataIn: data, dataOut: () => data });
    if (isPromise(response) || response === undefined) throw new Error('It had to wait.');
    response.release?.();
    if (response.status !== 0) throw new Error(`status ${response.status}`);
  };
  // The first command only hears of the power on.
  void nexus.execute({ lun, tag: 0, cdb: new Uint8Array(6) });
  for (const cdb of commands(0x8a)) send(cdb, 0); // WRITE(16)
  const all = commands(0x88); // READ(16)
  return () => nanosecondsOf((i) => send(all[i % all.length]!, i), TIME);
}

/** Logs in so many times. */
async function logIn(server: Server, count: number): Promise<readonly IscsiInitiator[]> {
  const sessions: IscsiInitiator[] = [];
  for (let i = 0; i < count; i++) {
    const initiatorName = `iqn.2026-11.org.example:idle-${i}`;
    sessions.push(await connect(server, { initiatorName, nopInterval: 0 }));
  }
  return sessions;
}

const logOut = (sessions: readonly IscsiInitiator[]): Promise<unknown> =>
  Promise.all(sessions.map((session) => session.close()));

/** Microseconds of a random read beside so many sessions that do nothing. */
async function besideIdle(count: number): Promise<number> {
  const SECONDS = 2;
  return serving('memory:64M', async (server) => {
    const idle = await logIn(server, count);
    const rate = await randomReads(server.url, SECONDS);
    await logOut(idle);
    return 1e6 / rate;
  });
}

/** Bytes by which a server grows for each session that has logged in and does nothing. */
async function bytesOfSession(): Promise<number> {
  const COUNT = 400;
  return serving('memory:64M', async (server) => {
    // What the first logins cost once is not counted.
    await logOut(await logIn(server, COUNT));
    const before = await server.residentBytes();
    const idle = await logIn(server, COUNT);
    const grown = (await server.residentBytes()) - before;
    await logOut(idle);
    return grown / COUNT;
  });
}

/** Bytes of memory of a server with a disk of 1 GiB that has been written to its end. */
async function bytesOfFullDisk(): Promise<number> {
  const size = 256 * KIB;
  return serving('memory:1G', async (server) => {
    await sequential(server.url, { depth: 8, size, requests: GIB / size, write: true });
    return server.residentBytes();
  });
}

/** Milliseconds until a server that is started accepts connections. */
async function coldStart(): Promise<number> {
  const begin = performance.now();
  return serving('memory:64M', () => Promise.resolve(performance.now() - begin));
}

/** Milliseconds in which Node starts, does nothing and ends. */
async function emptyRun(): Promise<number> {
  const begin = performance.now();
  await runNode(['-e', '0']);
  return performance.now() - begin;
}

async function serving(disk: string, use: (server: Server) => Promise<number>): Promise<number> {
  const server = await serveOwn(disk);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

/** What there is to compare in one process. */
export const GROWTH_IN_PROCESS: readonly Comparison[] = [
  {
    name: 'time of a READ(16) of 4 KiB on 1 PiB, to 64 MiB',
    unit: 'ns',
    goal: FLAT,
    prepare: () => ({ subject: reads(PIB), baseline: reads(WORKING_SET) }),
  },
  {
    name: 'time of a READ(16) of 4 KiB on one of 1000 LUNs, to one LUN',
    unit: 'ns',
    goal: FLAT,
    prepare: () => ({ subject: reads(WORKING_SET, 1000), baseline: reads(WORKING_SET) }),
  },
];

/** What there is to compare over iSCSI. */
export const GROWTH: readonly Comparison[] = [
  {
    name: 'time of a 4 KiB random read beside 255 idle sessions, to none',
    unit: 'µs',
    goal: FLAT,
    prepare: () => ({ subject: () => besideIdle(255), baseline: () => besideIdle(0) }),
  },
  {
    name: 'memory of an idle session, to 64 KiB',
    unit: 'bytes',
    goal: { at: 'most', ratio: 1 },
    prepare: () => ({ subject: bytesOfSession, baseline: () => 64 * KIB }),
  },
  {
    name: 'memory of a server with a full disk of 1 GiB, to 1 GiB',
    unit: 'bytes',
    goal: { at: 'most', ratio: 1.1 },
    prepare: () => ({ subject: bytesOfFullDisk, baseline: () => GIB }),
  },
  {
    name: 'time until serve accepts connections, to Node that does nothing',
    unit: 'ms',
    prepare: () => ({ subject: coldStart, baseline: emptyRun }),
  },
];
