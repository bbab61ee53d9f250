/** What CRC32C costs: the same session with digests and without, by this package at both ends. */
import type { IscsiInitiator } from '../src/transport/iscsi/index.ts';
import { putU16, putU32 } from '../src/bytes.ts';
import type { Comparison } from './measure.ts';
import { connect, type Server } from './servers.ts';

const KIB = 1024;
const BLOCK = 512;

/** Milliseconds a measurement. */
const TIME = 1000;

/** Bytes of the disk. */
const SIZE = 64 * KIB * KIB;

const LOADS = [
  { name: '4 KiB read, depth 32', opcode: 0x28, size: 4 * KIB, depth: 32 },
  { name: '4 KiB write, depth 32', opcode: 0x2a, size: 4 * KIB, depth: 32 },
  { name: '256 KiB read, depth 8', opcode: 0x28, size: 256 * KIB, depth: 8 },
  { name: '256 KiB write, depth 8', opcode: 0x2a, size: 256 * KIB, depth: 8 },
] as const;

type Load = (typeof LOADS)[number];

/** Commands a second of one session, `depth` at a time, one behind the other around the disk. */
async function rate(session: IscsiInitiator, { opcode, size, depth }: Load): Promise<number> {
  const data = new Uint8Array(size).fill(1);
  const end = performance.now() + TIME;
  let done = 0;
  const worker = async (first: number): Promise<void> => {
    for (let at = first * size; performance.now() < end; at = (at + depth * size) % SIZE) {
      const cdb = new Uint8Array(10);
      cdb[0] = opcode;
      putU32(cdb, 2, at / BLOCK);
      putU16(cdb, 7, size / BLOCK);
      const what = opcode === 0x28 ? { dataInLength: size } : { dataOut: data };
      const { status } = await session.execute({ lun: 0, cdb, ...what });
      if (status !== 0) throw new Error(`status ${status}`);
      done++;
    }
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: depth }, (_, i) => worker(i)));
  return (done * 1000) / (performance.now() - begin);
}

/** What there is to compare on a server that takes digests where they are offered. */
export function digests(server: Server): readonly Comparison[] {
  const measured = async (load: Load, policy: 'none' | 'require'): Promise<number> => {
    const session = await connect(server, { headerDigest: policy, dataDigest: policy });
    try {
      // The first command only hears of the power on.
      await session.execute({ lun: 0, cdb: new Uint8Array(6) });
      return await rate(session, load);
    } finally {
      await session.close();
    }
  };
  return LOADS.map((load) => ({
    name: `${load.name}, with header and data digests, to none`,
    unit: 'commands/s',
    goal: { at: 'least', ratio: 0.6 },
    prepare: () => ({
      subject: () => measured(load, 'require'),
      baseline: () => measured(load, 'none'),
    }),
  }));
}
