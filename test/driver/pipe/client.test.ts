import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  encodeParams,
  encodeResponse,
  encodeUnmapDescriptors,
  GOOD_STATUS,
  PipeClient,
  type StorageUnitParams,
} from '../../../driver/index.ts';
import { clientPath, pipePath } from '../../../driver/pipe/name.ts';
import { later, serveDisk, socketPath } from './served.ts';

const read = (blockAddress: number, blockCount: number) =>
  ({ kind: 'Read', blockAddress, blockCount, forceUnitAccess: false }) as const;
const write = (blockAddress: number, blockCount: number) =>
  ({ kind: 'Write', blockAddress, blockCount, forceUnitAccess: false }) as const;
const filled = (blocks: number, value: number) => new Uint8Array(512 * blocks).fill(value);

const PARAMS: StorageUnitParams = {
  guid: '4aba6f3a-2e26-4b8f-9c25-9eaf0f1e4cac',
  blockCount: 1024,
  blockLength: 512,
  productId: '',
  productRevisionLevel: '',
  deviceType: 0,
  writeProtected: false,
  cacheSupported: false,
  unmapSupported: false,
  ejectDisabled: false,
  maxTransferLength: 65_536,
};

/** A server that does what the test says. */
async function fakeServer(serve: (socket: Socket) => void): Promise<string> {
  const path = socketPath();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    later(() => socket.destroy());
    serve(socket);
  }).listen(clientPath(path));
  later(() => server.close());
  await once(server, 'listening');
  return path;
}

async function connected(path: string): Promise<PipeClient> {
  const client = await PipeClient.connect(path);
  later(() => client.close());
  return client;
}

describe('a client', () => {
  it('writes, reads, flushes and unmaps', async () => {
    const { path, unit } = await serveDisk();
    const client = await connected(path);
    expect(client.params).toEqual(unit.params);
    const good = { status: GOOD_STATUS, data: new Uint8Array(0) };
    expect(await client.transact(write(7, 2), filled(2, 0xa5))).toEqual(good);
    expect(await client.transact(read(7, 2))).toEqual({
      status: GOOD_STATUS,
      data: filled(2, 0xa5),
    });
    const flush = { kind: 'Flush', blockAddress: 0, blockCount: 0 } as const;
    expect(await client.transact(flush)).toEqual(good);
    const list = encodeUnmapDescriptors([{ blockAddress: 7, blockCount: 1 }]);
    expect(await client.transact({ kind: 'Unmap', count: 1 }, list)).toEqual(good);
    expect((await client.transact(read(7, 1))).data).toEqual(filled(1, 0));
  });

  it('has many requests in flight, and each gets its own answer', async () => {
    const { path } = await serveDisk();
    const client = await connected(path);
    const blocks = Array.from({ length: 200 }, (_, i) => i);
    await Promise.all(blocks.map((i) => client.transact(write(i, 1), filled(1, i))));
    const replies = await Promise.all(blocks.map((i) => client.transact(read(i, 1 + (i % 3)))));
    expect(replies.map(({ data }) => data[0])).toEqual(blocks);
  });

  it('does not send what the server would drop', async () => {
    const { path } = await serveDisk();
    const client = await connected(path);
    expect(() => client.transact(read(0, 129))).toThrow(RangeError);
    expect(() => client.transact(write(0, 2), filled(1, 0))).toThrow('512 bytes, not 1024');
  });
});

describe('errors of a client', () => {
  it('nobody serves the pipe', async () => {
    await expect(PipeClient.connect(socketPath())).rejects.toMatchObject({ code: 'PIPE_MISSING' });
  });

  it('the server closes before it greets', async () => {
    const path = await fakeServer((socket) => socket.end(new Uint8Array(127)));
    await expect(PipeClient.connect(path)).rejects.toMatchObject({ code: 'PIPE_CLOSED' });
  });

  it.each([
    { blockCount: 0 },
    { blockLength: 8 },
    { maxTransferLength: 0 },
    { maxTransferLength: 513 },
  ])('the greeting makes no sense: %j', async (wrong) => {
    const path = await fakeServer((socket) => socket.write(encodeParams({ ...PARAMS, ...wrong })));
    await expect(PipeClient.connect(path)).rejects.toMatchObject({ code: 'PIPE_PROTOCOL' });
  });

  it('the server closes with a request in flight', async () => {
    const path = await fakeServer((socket) => {
      socket.write(encodeParams(PARAMS));
      socket.once('data', () => socket.destroy());
    });
    const client = await connected(path);
    await expect(client.transact(read(0, 1))).rejects.toMatchObject({ code: 'PIPE_CLOSED' });
    await expect(client.transact(read(0, 1))).rejects.toMatchObject({ code: 'PIPE_CLOSED' });
  });

  it('a response is to no request', async () => {
    const path = await fakeServer((socket) => {
      socket.write(encodeParams(PARAMS));
      const response = { hint: 99n, kind: 1, status: GOOD_STATUS };
      socket.once('data', () => socket.write(encodeResponse(response, new Uint8Array(48))));
    });
    const client = await connected(path);
    await expect(client.transact(read(0, 1))).rejects.toMatchObject({ code: 'PIPE_PROTOCOL' });
  });
});

describe('the name of a pipe', () => {
  it('on Windows has its prefix and its index', () => {
    expect(pipePath('rawdisk', 0, 'win32')).toBe(String.raw`\\.\pipe\rawdisk\0`);
    expect(pipePath(String.raw`\\.\pipe\rawdisk`, 3, 'win32')).toBe(String.raw`\\.\pipe\rawdisk\3`);
    expect(clientPath(String.raw`rawdisk\0`, 'win32')).toBe(String.raw`\\.\pipe\rawdisk\0`);
  });

  it.each(['linux', 'win32'] as const)('is not empty on %s', (platform) => {
    expect(() => pipePath('', 0, platform)).toThrow(RangeError);
  });

  it('elsewhere is a Unix socket, the same for both sides', () => {
    const served = pipePath('rawdisk', 0, 'linux');
    expect(served).toMatch(/rawdisk\.0\.sock$/);
    expect(clientPath(String.raw`\\.\pipe\rawdisk\0`, 'linux')).toBe(served);
    expect(pipePath('./disk', 5, 'linux')).toBe('./disk');
    expect(clientPath('./disk', 'linux')).toBe('./disk');
  });
});
