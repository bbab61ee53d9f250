import { existsSync, linkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  decodeParams,
  decodeResponse,
  encodeRequest,
  encodeUnmapDescriptors,
  servePipe,
  type TransactRequest,
} from '../../../driver/index.ts';
import { joinChunks } from '../../../src/bytes.ts';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { bytes } from '../../sense/annotated-bytes.ts';
import { HeldBackend } from '../../scsi/held-backend.ts';
import { later, RawClient, serveDisk, socketPath } from './served.ts';

type Body<T> = T extends unknown ? Omit<T, 'hint'> : never;

function message(
  hint: bigint,
  request: Body<TransactRequest>,
  data: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const header = encodeRequest({ ...request, hint }, new Uint8Array(48));
  return joinChunks([header, data]);
}

const read = (blockAddress: number, blockCount: number) =>
  ({ kind: 'Read', blockAddress, blockCount, forceUnitAccess: false }) as const;
const write = (blockAddress: number, blockCount: number) =>
  ({ kind: 'Write', blockAddress, blockCount, forceUnitAccess: false }) as const;
const FLUSH = { kind: 'Flush', blockAddress: 0, blockCount: 0 } as const;
const filled = (blocks: number, value: number) => new Uint8Array(512 * blocks).fill(value);

async function connected(path: string): Promise<RawClient> {
  const client = new RawClient(path);
  await client.greeting();
  return client;
}

/** Sends a flush under a hint of its own: its answer is the next thing that comes. */
async function expectAnswersFlush(client: RawClient): Promise<void> {
  client.send(message(0xf1n, FLUSH));
  expect(decodeResponse(await client.take(48))).toMatchObject({ hint: 0xf1n, kind: 3 });
}

/** Waits until so many calls are in flight. */
async function pending(backend: HeldBackend, count: number): Promise<void> {
  for (let turns = 0; backend.pending.length < count; turns++) {
    if (turns === 10_000) throw new Error(`in flight: ${backend.pending.join(', ')}`);
    await turn();
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the protocol, byte by byte', () => {
  it('greets with the parameters of the unit', async () => {
    const { path, unit } = await serveDisk();
    const greeting = await new RawClient(path).greeting();
    expect(greeting).toHaveLength(128);
    expect(decodeParams(greeting)).toEqual(unit.params);
  });

  it('answers a read with its blocks', async () => {
    const backend = memoryBackend({ blocks: 1024 });
    backend.write(7, filled(2, 0xa5));
    const { path } = await serveDisk({ backend });
    const client = await connected(path);
    client.send(bytes`
      00 00 00 00 34 12 00 00   Hint
      01 00 00 00 00 00 00 00   Read
      07 00 00 00 00 00 00 00   BlockAddress
      02 00 00 00 01 00 00 00   BlockCount, ForceUnitAccess
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    `);
    expect(await client.take(48)).toEqual(
      bytes`
        00 00 00 00 34 12 00 00   Hint
        01 00 00 00 00 00 00 00   Read
        00 00 00 00 00 00 00 00   GOOD
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      `,
    );
    expect(await client.take(1024)).toEqual(filled(2, 0xa5));
  });

  it('sends the blocks of a read also with an error', async () => {
    const { path } = await serveDisk();
    const client = await connected(path);
    client.send(message(5n, read(1023, 2)));
    expect(await client.take(48)).toEqual(
      bytes`
        05 00 00 00 00 00 00 00
        01 00 00 00 00 00 00 00
        02 05 21 00 00 00 00 00   LOGICAL BLOCK ADDRESS OUT OF RANGE
        00 04 00 00 00 00 00 00   Information: the first block that is not there
        00 00 00 00 00 00 00 00
        00 00 00 00 00 01 00 00   InformationValid
      `,
    );
    expect(await client.take(1024)).toEqual(filled(2, 0));
    await expectAnswersFlush(client);
  });

  it('writes, unmaps and flushes without data in the answer', async () => {
    const { path, backend } = await serveDisk();
    const client = await connected(path);
    client.send(message(1n, write(3, 2), filled(2, 0x11)));
    expect(decodeResponse(await client.take(48))).toMatchObject({ hint: 1n, kind: 2 });
    const list = encodeUnmapDescriptors([{ blockAddress: 4, blockCount: 1 }]);
    client.send(message(2n, { kind: 'Unmap', count: 1 }, list));
    expect(decodeResponse(await client.take(48))).toMatchObject({ hint: 2n, kind: 4 });
    await expectAnswersFlush(client);
    expect(client.left).toBe(0);
    const into = filled(2, 0xff);
    void backend.read(3, into);
    expect(into).toEqual(joinChunks([filled(1, 0x11), filled(1, 0)]));
  });

  it('answers out of order as requests end', async () => {
    const backend = new HeldBackend();
    const { path } = await serveDisk({ backend, cache: 'write-through' });
    const client = await connected(path);
    client.send(joinChunks([message(1n, read(1, 1)), message(2n, read(2, 1))]));
    await pending(backend, 2);
    backend.finish('read 2+1');
    expect(decodeResponse(await client.take(48)).hint).toBe(2n);
    await client.take(512);
    backend.finish();
    expect(decodeResponse(await client.take(48)).hint).toBe(1n);
  });
});

describe('bad messages', () => {
  it('cut anywhere are whole in the end', async () => {
    const { path } = await serveDisk();
    const client = await connected(path);
    const all = joinChunks([message(1n, write(0, 1), filled(1, 1)), message(2n, read(0, 1))]);
    client.socket.setNoDelay(true);
    for (const at of [0, 1, 47, 48, 49, 300, 559, 560, 561, 607]) {
      const next = [1, 47, 48, 49, 300, 559, 560, 561, 607, all.length].find((end) => end > at);
      client.send(all.subarray(at, next));
      await turn();
    }
    expect(decodeResponse(await client.take(48)).hint).toBe(1n);
    expect(decodeResponse(await client.take(48)).hint).toBe(2n);
    expect(await client.take(512)).toEqual(filled(1, 1));
  });

  it.each([
    ['with hint 0', message(0n, FLUSH)],
    ['to write, with hint 0', message(0n, write(0, 1), filled(1, 9))],
    ['to read more than MaxTransferLength', message(1n, read(0, 129))],
    ['to read a count that wraps 32 bits', message(1n, read(0, 0x0080_0000))],
  ])('%s are dropped without an answer', async (_, bad) => {
    const { path, backend } = await serveDisk();
    const client = await connected(path);
    client.send(bad);
    await expectAnswersFlush(client);
    const into = filled(1, 0xff);
    void backend.read(0, into);
    expect(into).toEqual(filled(1, 0));
  });

  it('to read under the hint of another read are dropped', async () => {
    const backend = new HeldBackend();
    const { path } = await serveDisk({ backend, cache: 'write-through' });
    const client = await connected(path);
    client.send(message(1n, read(1, 1)));
    client.send(message(1n, read(2, 1)));
    client.send(message(2n, read(3, 1)));
    await pending(backend, 2);
    expect(backend.pending).toEqual(['read 1+1', 'read 3+1']);
    backend.finish();
    await client.take(48 + 512);
    client.send(message(1n, read(4, 1))); // the hint is free again
    await pending(backend, 2);
    expect(backend.pending).toEqual(['read 3+1', 'read 4+1']);
    backend.finish();
    backend.finish();
  });

  it.each([0, 5, 255])('of kind %i: INVALID COMMAND OPERATION CODE', async (code) => {
    const { path } = await serveDisk();
    const client = await connected(path);
    client.send(message(1n, { kind: 'Unknown', code }));
    const { kind, status } = decodeResponse(await client.take(48));
    expect([kind, status.scsiStatus, status.senseKey, status.asc]).toEqual([code, 2, 5, 0x20]);
    await expectAnswersFlush(client);
  });

  it('to write more than MaxTransferLength end the connection, and the next client is served', async () => {
    const { path } = await serveDisk();
    const client = await connected(path);
    client.send(message(1n, write(0, 129)));
    await client.gone();
    await expectAnswersFlush(await connected(path));
  });

  it('to write past the end change nothing', async () => {
    const { path, backend } = await serveDisk();
    const client = await connected(path);
    client.send(message(1n, write(1023, 2), filled(2, 1)));
    expect(decodeResponse(await client.take(48)).status).toMatchObject({ senseKey: 5, asc: 0x21 });
    const into = filled(1, 0xff);
    void backend.read(1023, into);
    expect(into).toEqual(filled(1, 0));
  });
});

describe('clients that come and go', () => {
  it.each([
    ['before it is greeted', new Uint8Array(0), false],
    ['after it is greeted', new Uint8Array(0), true],
    ['in a header', new Uint8Array(20), true],
    ['in the data of a write', message(1n, write(0, 2), filled(1, 1)), true],
    ['with answers on their way', joinChunks(Array(20).fill(message(1n, read(0, 128)))), true],
  ])('one that vanishes %s leaves the unit to the next', async (_, sent, greeted) => {
    const { path, backend } = await serveDisk();
    const client = greeted ? await connected(path) : new RawClient(path);
    client.send(sent);
    await turn();
    client.socket.destroy();
    await expectAnswersFlush(await connected(path));
    const into = filled(1, 0xff);
    void backend.read(0, into);
    expect(into).toEqual(filled(1, 0)); // half a write is none
  });

  it('what one that vanished has in flight is done, and its answers are not for the next', async () => {
    const backend = new HeldBackend();
    const { path } = await serveDisk({ backend, cache: 'write-through' });
    const first = await connected(path);
    first.send(message(1n, write(0, 1), filled(1, 0x77)));
    await pending(backend, 1);
    first.socket.destroy();
    const second = await connected(path);
    second.send(message(9n, read(0, 1)));
    await turn();
    backend.finish();
    await pending(backend, 1);
    expect(backend.pending).toEqual(['read 0+1']);
    backend.finish();
    expect(decodeResponse(await second.take(48)).hint).toBe(9n);
    expect(await second.take(512)).toEqual(filled(1, 0x77));
  });

  it('a second one waits for its turn', async () => {
    const { path } = await serveDisk();
    const first = await connected(path);
    const second = new RawClient(path);
    await once(second.socket, 'connect');
    await expectAnswersFlush(first);
    expect(second.left).toBe(0);
    first.socket.destroy();
    await second.greeting();
    await expectAnswersFlush(second);
  });

  it('one that does not read its answers is not read from', async () => {
    const { path } = await serveDisk();
    const client = await connected(path);
    client.socket.pause();
    const requests = Array.from({ length: 500 }, (_, i) => message(BigInt(i + 1), read(0, 128)));
    client.send(joinChunks(requests));
    for (let i = 0; i < 20; i++) await turn();
    client.socket.resume();
    for (let i = 0; i < 500; i++) {
      expect(decodeResponse(await client.take(48)).hint).toBe(BigInt(i + 1));
      await client.take(65_536);
    }
  });
});

describe('the end of a server', () => {
  it('answers what it took', async () => {
    const backend = new HeldBackend();
    const { path, unit } = await serveDisk({ backend, cache: 'write-through' });
    const client = await connected(path);
    client.send(message(1n, write(0, 1), filled(1, 1)));
    await pending(backend, 1);
    let ended = false;
    const shutdown = unit.shutdown().then(() => (ended = true));
    await turn();
    expect(ended).toBe(false);
    backend.finish();
    expect(decodeResponse(await client.take(48)).status.scsiStatus).toBe(0);
    await client.gone();
    await shutdown;
    expect(existsSync(path)).toBe(false);
  });

  it('puts what was written on stable storage', async () => {
    const backend = new HeldBackend();
    const { unit } = await serveDisk({ backend });
    const shutdown = unit.shutdown();
    await pending(backend, 1);
    expect(backend.pending).toEqual(['flush']);
    backend.finish();
    await shutdown;
  });

  it('says so where that failed', async () => {
    const backend = new HeldBackend();
    const { unit } = await serveDisk({ backend });
    const shutdown = unit.shutdown();
    await pending(backend, 1);
    backend.fail(new Error('scratch'));
    await expect(shutdown).rejects.toThrow('flush at the end');
  });

  it('closes clients that wait', async () => {
    const { path, unit } = await serveDisk();
    await connected(path);
    const second = new RawClient(path);
    await once(second.socket, 'connect');
    await unit.shutdown();
    await second.gone();
  });
});

describe('the name of a pipe', () => {
  it('that another process serves is taken', async () => {
    const path = socketPath();
    const other = createServer().listen(path);
    later(() => other.close());
    await once(other, 'listening');
    await expect(serveDisk({}, { pipe: path })).rejects.toMatchObject({ code: 'PIPE_TAKEN' });
  });

  it('that a dead server left behind is free', async () => {
    const [path, name] = [socketPath(), socketPath()];
    const dead = createServer().listen(name);
    await once(dead, 'listening');
    // Node removes the socket under its own name only; a process that is killed leaves it too.
    linkSync(name, path);
    await new Promise((resolve) => dead.close(resolve));
    const { path: served } = await serveDisk({}, { pipe: path });
    await expectAnswersFlush(await connected(served));
  });

  it('that a file has is taken, and the file stays', async () => {
    const path = socketPath();
    writeFileSync(path, 'not a socket');
    await expect(serveDisk({}, { pipe: path })).rejects.toMatchObject({ code: 'PIPE_TAKEN' });
    expect(existsSync(path)).toBe(true);
  });

  it('gets an index, and two units of a process have two', async () => {
    const name = `test-${process.pid}`;
    const first = await serveDisk({}, { pipe: name });
    const second = await servePipe(first.target, { pipe: `\\\\.\\pipe\\${name}` });
    later(() => second.unit.shutdown());
    expect([first.path, second.path]).toEqual([
      expect.stringMatching(`${name}.0.sock`),
      expect.stringMatching(`${name}.1.sock`),
    ]);
  });
});

it('logs the kinds of request that the mask has', async () => {
  const lines: string[] = [];
  const { path, unit } = await serveDisk({}, { log: (line) => lines.push(line), debugLog: 1 << 1 });
  const client = await connected(path);
  client.send(message(1n, read(7, 1)));
  await client.take(48 + 512);
  await expectAnswersFlush(client);
  unit.debugLog = -1;
  client.send(message(1n, read(1024, 1)));
  await client.take(48 + 512);
  expect(lines.map((line) => line.replace(`${unit.params.guid}: `, ''))).toEqual([
    '>>Read  BlockAddress=0:00000007, BlockCount=1, FUA=0',
    '<<Read  Status=GOOD',
    '>>Read  BlockAddress=0:00000400, BlockCount=1, FUA=0',
    expect.stringMatching(
      /^<<Read {2}Status=CHECK_CONDITION \(.*out of range.*Information=0:00000400\)$/i,
    ),
  ]);
});
