/** QEMU's block layer (libiscsi) as initiator: data survives, depth 32 works, tshark finds no fault. */
import { createCipheriv } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isRightlyCut } from './allocation-length.ts';
import { describeWith, inCi, runWell } from './programs.ts';
import { serve, type Served } from './served.ts';
import { canCapture, capture, complaints, count, type DataIn } from './tshark.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** A server and a scratch folder for the tests of a `describe`. */
function around(disk: string): () => { readonly served: Served; readonly folder: string } {
  let served: Served;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scsi-target-'));
    served = await serve([disk]);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    expect(await served.stop(), served.output).toBe(0);
  });
  return () => ({ served, folder });
}

/** Writes a file of bytes that no compression or zero detection can shorten, the same every time. */
async function writeRandom(path: string, length: number): Promise<void> {
  const stream = createCipheriv('aes-128-ctr', new Uint8Array(16).fill(0xa5), new Uint8Array(16));
  const zeros = new Uint8Array(MIB);
  await using file = await open(path, 'wx');
  for (let written = 0; written < length; written += MIB) {
    await file.write(stream.update(zeros));
  }
}

describeWith(['qemu-img', 'cmp'], 'qemu-img', () => {
  const given = around('memory:1G');

  it(
    'convert writes 1 GiB of random data and reads it back identical',
    { timeout: 300_000 },
    async () => {
      const { served, folder } = given();
      const [image, back] = [join(folder, 'image'), join(folder, 'back')];
      const [url] = served.urls;
      await writeRandom(image, GIB);
      await runWell('qemu-img', ['convert', '-n', '-f', 'raw', '-O', 'raw', image, url!]);
      await runWell('qemu-img', ['convert', '-f', 'raw', '-O', 'raw', url!, back]);
      await runWell('cmp', [image, back]);
    },
  );

  it.each([
    { what: 'reads', flags: [] },
    { what: 'writes', flags: ['-w'] },
    { what: 'writes with flushes between', flags: ['-w', '--flush-interval', '64'] },
  ])('bench runs $what at depth 32', async ({ flags }) => {
    const { stdout } = await runWell('qemu-img', [
      ...bench(20_000),
      ...flags,
      given().served.urls[0]!,
    ]);
    expect(stdout).toContain('Run completed');
  });
});

function bench(requests: number): readonly string[] {
  return ['bench', '-f', 'raw', '-c', String(requests), '-d', '32', '-s', '4096'];
}

function isCut(pdu: DataIn | undefined): boolean {
  return pdu?.bufferOffset === 0 && isRightlyCut(pdu.cdb, pdu.data);
}

function hex(pdu: DataIn | undefined): string {
  if (pdu === undefined) return '';
  const [cdb, data] = [pdu.cdb, pdu.data].map((bytes) => Buffer.from(bytes).toString('hex'));
  return `CDB ${cdb} data ${data}`;
}

/** tshark 4.0 knows these pages by name and has no decoder for them; it says so and reads on. */
const NOT_DECODED =
  /^((Verify Error Recovery|Protocol Specific LUN|Protocol-Specific Port) Mode Page: Unknown Page(, )?)+ \(/;

const mayCapture = await canCapture();

describeWith(['qemu-img', 'tshark', 'dumpcap', 'iscsi-ls', 'iscsi-inq'], 'on the wire', () => {
  const given = around('memory:64M');
  const REQUESTS = 400;

  it.skipIf(!mayCapture && !inCi)(
    'tshark finds nothing malformed but answers that ALLOCATION LENGTH cut',
    async () => {
      const { served, folder } = given();
      const { port, portal, urls } = served;
      const file = join(folder, 'capture.pcapng');
      await capture(port, file, async () => {
        await runWell('iscsi-ls', ['-s', portal]);
        await runWell('iscsi-inq', [urls[0]!]);
        await runWell('qemu-img', [...bench(REQUESTS), '-w', urls[0]!]);
        await runWell('qemu-img', [...bench(REQUESTS), urls[0]!]);
      });

      // Bytes to or from the portal that are no PDU, nor part of one.
      const stray = '!iscsi && !tcp.reassembled_in && !tcp.analysis.retransmission';
      expect(await count(file, port, `tcp.len > 0 && ${stray}`)).toBe(0);
      expect(await count(file, port, 'iscsi.opcode == 0x01')).toBeGreaterThan(0);
      const wrong = (await complaints(file, port)).filter(
        ({ what, pdu }) => !isCut(pdu) && !NOT_DECODED.test(what),
      );
      expect(wrong.map(({ frame, what, pdu }) => `${frame}: ${what} ${hex(pdu)}`)).toEqual([]);
    },
  );
});
