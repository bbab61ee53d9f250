/** sg3-utils reads what a disk says of itself, and the sense data of every condition there is. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { memoryBackend } from '../../src/backend/memory.ts';
import { CDB_SPECS, encodeForm, type CdbSpec } from '../../src/cdb/index.ts';
import * as CODES from '../../src/sense/codes.ts';
import { encodeSense, type SenseCondition } from '../../src/sense/index.ts';
import { additionalSenseText, senseKeyText } from '../../src/sense/text.ts';
import { be, bench } from '../scsi/disk-under-test.ts';
import { describeWith, runWell } from './programs.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scsi-target-'));
});
afterAll(() => rm(folder, { recursive: true }));

const device = bench({
  backend: memoryBackend({ size: 2 ** 27, maxAllocatedBytes: 2 ** 26, id: 'sg3-utils' }),
  physicalBlockLength: 4096,
  removable: true,
  port: { protocol: 5, name: 'iqn.2026-01.example:a,t,0x0001' },
});

function ask(cdb: string): Uint8Array {
  const { status, data } = device.send(cdb);
  expect(status).toBe(0);
  return data;
}

/** What a program makes of bytes that it reads as hexadecimal from a file. */
async function decoded(
  program: string,
  option: string,
  bytes: Uint8Array,
  ...more: string[]
): Promise<string> {
  const file = join(folder, 'bytes');
  await writeFile(file, Buffer.from(bytes).toString('hex').replaceAll(/../g, '$& '));
  const { stdout, stderr } = await runWell(program, [`${option}=${file}`, ...more]);
  return stdout + stderr;
}

/** Lines of a decoder that gives up: bytes shown as they are, or a complaint. */
const complaints = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) =>
      /^\s*[\da-f]{2,8}\s+([\da-f]{2} ){4}|badly|malformed|too short|truncated|unexpected|reserved|unknown|not decode/i.test(
        line,
      ),
    );

describeWith(['sg_vpd', 'sg_inq', 'sg_logs', 'sg_get_lba_status'], 'sg3-utils decodes', () => {
  it('standard INQUIRY data', async () => {
    const text = await decoded('sg_inq', '--inhex', ask('12 00 00 0060 00'));
    expect(complaints(text)).toEqual([]);
    expect(text).toMatch(/RMB=1.*version=0x06 {2}\[SPC-4]/);
    expect(text).toContain('Vendor identification: SCSITGT');
  });

  const vpdPages = [...ask('12 01 00 0400 00').subarray(4)];
  it.each(vpdPages.map((page) => be(page, 1)))('VPD page %s', async (page) => {
    const text = await decoded('sg_vpd', '--inhex', ask(`12 01 ${page} 0400 00`));
    expect(complaints(text)).toEqual([]);
    expect(text).toMatch(/VPD page/);
    expect(text.trim().split('\n').length).toBeGreaterThan(1);
  });

  it('VPD page 86 of a disk with protection information', async () => {
    const backend = memoryBackend({ blocks: 64, id: 'protected' });
    const { data } = bench({ backend, protectionType: 1 }).send('12 01 86 0400 00');
    const text = await decoded('sg_vpd', '--inhex', data);
    expect(complaints(text)).toEqual([]);
    expect(text).toContain('SPT=7 GRD_CHK=1 APP_CHK=1 REF_CHK=1');
  });

  const logPages = hexPairs(ask('4d 00 40 ff 00 0000 0400 00').subarray(4));
  // Its parameters mean nothing to anybody but the application that wrote them.
  it.each(logPages.filter(([page]) => page !== '0f'))('log page %s/%s', async (page, subpage) => {
    const control = be(0x40 | Number.parseInt(page, 16), 1);
    const text = await decoded(
      'sg_logs',
      '--in',
      ask(`4d 00 ${control} ${subpage} 00 0000 ffff 00`),
    );
    expect(complaints(text)).toEqual([]);
    expect(text).toContain(`0x${Number.parseInt(page, 16).toString(16)}`);
  });

  it('GET LBA STATUS', async () => {
    device.send(`8a 00 ${be(1024, 8)} 00000080 00 00`, { out: new Uint8Array(128 * 512).fill(1) });
    const data = ask(`9e 12 ${be(0, 8)} 00001000 00 00`);
    const text = await decoded('sg_get_lba_status', '--inhex', data, '--maxlen=4096');
    expect(text).toMatch(/LBA: 0x0+400\s+blocks:\s+128\s+mapped/);
  });
});

/** 00h/23h, of SBC-4: sg3-utils 1.46 has no name for it. */
const NEWER_THAN_ITS_TABLE = 'OVERLAPPING_ATOMIC_COMMAND_IN_PROGRESS: undefined';

/** What sg_decode_sense makes of sense data. */
async function read(sense: Uint8Array): Promise<string> {
  return (
    await runWell(
      'sg_decode_sense',
      [...sense].map((byte) => be(byte, 1)),
    )
  ).stdout;
}

describeWith(['sg_decode_sense'], 'sg_decode_sense reads', () => {
  const conditions = Object.entries(CODES).filter(
    (entry): entry is [string, SenseCondition] => 'asc' in (entry[1] as object),
  );

  it.each(['fixed', 'descriptor'] as const)('every condition in %s format', async (format) => {
    const others: string[] = [];
    for (const [name, condition] of conditions) {
      const { key, asc, ascq } = condition;
      const text = (await read(encodeSense(condition, format))).toUpperCase();
      expect(text, name).toContain(`${format.toUpperCase()} FORMAT, CURRENT`);
      expect(text, name).toContain(`SENSE KEY: ${senseKeyText(key)}`);
      const said = /ADDITIONAL SENSE: (.*)/.exec(text)?.[1];
      if (said !== additionalSenseText(asc, ascq)) others.push(`${name}: ${said}`);
    }
    expect(others.filter((other) => other !== NEWER_THAN_ITS_TABLE)).toEqual([]);
  });

  it('every CDB, by the name of its command', async () => {
    for (const spec of Object.values<readonly CdbSpec[]>(CDB_SPECS).flat()) {
      const cdb = [...encodeForm(spec, {})].map((byte) => be(byte, 1));
      const { stdout } = await runWell('sg_decode_sense', ['--cdb', ...cdb]);
      const [name = ''] = spec.op.split(/[(,]/);
      expect(lettersOf(stdout), spec.op).toContain(lettersOf(name));
    }
  });

  it('field pointers, progress and INFORMATION', async () => {
    const field = {
      ...CODES.INVALID_FIELD_IN_CDB,
      fieldPointer: { in: 'cdb', byte: 2, bit: 5 },
    } as const;
    expect(await read(encodeSense(field, 'fixed'))).toMatch(/Error in Command: byte 2 bit 5/);
    const list = {
      ...CODES.INVALID_FIELD_IN_PARAMETER_LIST,
      fieldPointer: { in: 'data', byte: 300 },
    } as const;
    expect(await read(encodeSense(list, 'descriptor'))).toMatch(
      /Error in Data parameters: byte 300/,
    );
    const format = { ...CODES.LOGICAL_UNIT_NOT_READY_FORMAT_IN_PROGRESS, progress: 0x8000 };
    expect(await read(encodeSense(format, 'fixed'))).toMatch(/Progress indication: 50/);
    const range = { ...CODES.LBA_OUT_OF_RANGE, information: 0x1_0000_0000 };
    expect(await read(encodeSense(range, 'descriptor'))).toMatch(/0x0*100000000/);
  });
});

const lettersOf = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

function hexPairs(bytes: Uint8Array): readonly (readonly [string, string])[] {
  return Array.from({ length: bytes.length / 2 }, (_, i) => [
    be(bytes[2 * i]!, 1),
    be(bytes[2 * i + 1]!, 1),
  ]);
}
