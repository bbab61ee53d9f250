/**
 * What SPC and SBC refuse, a command a line: exact sense with its field pointer and INFORMATION, the
 * medium as it was, and the next command works. The tests of each command say more.
 */
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../src/backend/memory.ts';
import {
  be,
  bench,
  contents,
  hex,
  refusal,
  type BenchOptions,
  type Details,
} from './disk-under-test.ts';

const BLOCKS = 64;

/** A rule: what is refused, its CDB, the sense, where, and data-out or another disk where it takes one. */
interface Rule {
  readonly rule: string;
  readonly cdb: string;
  readonly sense: string;
  readonly at?: Details;
  readonly out?: string;
  readonly disk?: BenchOptions;
}

const rules: readonly Rule[] = [
  // INQUIRY, REPORT LUNS, MODE SENSE, REPORT SUPPORTED OPERATION CODES
  {
    rule: 'INQUIRY of a page without EVPD',
    cdb: '12 00 83 00ff 00',
    sense: '5/24/00',
    at: { cdb: [2] },
  },
  {
    rule: 'INQUIRY of a page that is not there',
    cdb: '12 01 c0 00ff 00',
    sense: '5/24/00',
    at: { cdb: [2] },
  },
  {
    rule: 'REPORT LUNS of a reserved kind',
    cdb: 'a0 00 55 000000 00000100 00 00',
    sense: '5/24/00',
    at: { cdb: [2] },
  },
  {
    rule: 'MODE SENSE of a page that is not there',
    cdb: '1a 08 3e 00 ff 00',
    sense: '5/24/00',
    at: { cdb: [2, 5] },
  },
  {
    rule: 'MODE SENSE of saved values without a store',
    cdb: '1a 08 c8 00 ff 00',
    sense: '5/39/00',
  },
  {
    rule: 'RSOC with option 1 for an operation code with service actions',
    cdb: 'a3 0c 01 9e 0000 00000100 00 00',
    sense: '5/24/00',
    at: { cdb: [2, 2] },
  },
  {
    rule: 'RSOC with option 2 for one without',
    cdb: 'a3 0c 02 28 0000 00000100 00 00',
    sense: '5/24/00',
    at: { cdb: [2, 2] },
  },
  {
    rule: 'an operation code that is not there',
    cdb: '8c 00 0000000000000000 00000000 00 00',
    sense: '5/20/00',
    at: { cdb: [0] },
  },
  {
    rule: 'a service action that is not there',
    cdb: '9e 1f 0000000000000000 00000000 00 00',
    sense: '5/24/00',
    at: { cdb: [1, 4] },
  },
  // Blocks
  {
    rule: 'READ(10) that ends behind the last block',
    cdb: '28 00 0000003e 00 0004 00',
    sense: '5/21/00',
    at: { information: 64 },
  },
  {
    rule: 'READ(16) of an LBA over 32 bits',
    cdb: '88 00 0000000100000000 00000001 00 00',
    sense: '5/21/00',
  },
  {
    rule: 'WRITE(10) with WRPROTECT on a disk without protection',
    cdb: '2a 20 00000000 00 0001 00',
    sense: '5/24/00',
    at: { cdb: [1, 7] },
  },
  {
    rule: 'WRITE(10) on a write-protected disk',
    cdb: '2a 00 00000000 00 0001 00',
    sense: '7/27/00',
    disk: { readOnly: true },
  },
  {
    rule: 'READ(32) without type 2 protection',
    cdb: `7f 00 00000000 00 18 0009 ${'00'.repeat(22)}`,
    sense: '5/20/00',
    at: { cdb: [0] },
  },
  {
    rule: 'VERIFY with a reserved BYTCHK',
    cdb: '2f 04 00000000 00 0001 00',
    sense: '5/24/00',
    at: { cdb: [1, 2] },
  },
  {
    rule: 'VERIFY of what differs',
    cdb: '2f 02 00000000 00 0001 00',
    sense: 'e/1d/00',
    at: { information: 0 },
    out: '01'.repeat(512),
  },
  {
    rule: 'COMPARE AND WRITE of what differs in byte 5',
    cdb: '89 00 0000000000000003 000000 01 00 00',
    sense: 'e/1d/00',
    at: { information: 5 },
    out: `${'03'.repeat(5)}${'ee'.repeat(1019)}`,
  },
  {
    rule: 'WRITE SAME with the obsolete LBDATA',
    cdb: '93 02 0000000000000000 00000001 00 00',
    sense: '5/24/00',
    at: { cdb: [1, 1] },
  },
  {
    rule: 'WRITE SAME with ANCHOR but no UNMAP',
    cdb: '93 10 0000000000000000 00000001 00 00',
    sense: '5/24/00',
    at: { cdb: [1, 4] },
  },
  {
    rule: 'WRITE SAME behind the last block',
    cdb: '93 01 0000000000000040 00000001 00 00',
    sense: '5/21/00',
    at: { information: 64 },
  },
  {
    rule: 'SYNCHRONIZE CACHE behind the last block',
    cdb: '35 00 00000041 00 0000 00',
    sense: '5/21/00',
    at: { information: 65 },
  },
  {
    rule: 'PRE-FETCH behind the last block',
    cdb: '34 00 0000003f 00 0002 00',
    sense: '5/21/00',
    at: { information: 64 },
  },
  // Provisioning
  {
    rule: 'UNMAP with a list of 7 bytes',
    cdb: '42 00 00000000 00 0007 00',
    sense: '5/1a/00',
    out: '00'.repeat(7),
  },
  {
    rule: 'UNMAP with ANCHOR on a disk without anchors',
    cdb: '42 01 00000000 00 0018 00',
    sense: '5/24/00',
    at: { cdb: [1, 0] },
  },
  {
    rule: 'UNMAP behind the last block',
    cdb: '42 00 00000000 00 0018 00',
    sense: '5/21/00',
    at: { information: 64 },
    out: `0016 0010 00000000 ${be(63, 8)} 00000002 00000000`,
  },
  {
    rule: 'UNMAP on a write-protected disk',
    cdb: '42 00 00000000 00 0018 00',
    sense: '7/27/00',
    disk: { readOnly: true },
  },
  {
    rule: 'UNMAP on a fully provisioned disk',
    cdb: '42 00 00000000 00 0018 00',
    sense: '5/20/00',
    at: { cdb: [0] },
    disk: { thin: false },
  },
  {
    rule: 'GET LBA STATUS behind the last block',
    cdb: '9e 12 0000000000000040 00000100 00 00',
    sense: '5/21/00',
    at: { information: 64 },
  },
  // Reservations
  {
    rule: 'PERSISTENT RESERVE OUT with a list of 23 bytes',
    cdb: '5f 00 00 0000 00000017 00',
    sense: '5/1a/00',
    out: '00'.repeat(23),
  },
  {
    rule: 'PERSISTENT RESERVE OUT with a reserved service action',
    cdb: '5f 1f 00 0000 00000018 00',
    sense: '5/24/00',
    at: { cdb: [1, 4] },
  },
  {
    rule: 'REGISTER with APTPL on a disk without a store',
    cdb: '5f 00 00 0000 00000018 00',
    sense: '5/26/00',
    at: { list: [20, 0] },
    out: `${be(0, 8)} ${be(1, 8)} 00000000 01 00 0000`,
  },
  {
    rule: 'PERSISTENT RESERVE IN with a reserved service action',
    cdb: '5e 1f 00000000 00 00ff 00',
    sense: '5/24/00',
    at: { cdb: [1, 4] },
  },
  // Target port groups
  {
    rule: 'SET TARGET PORT GROUPS on a disk without explicit ALUA',
    cdb: 'a4 0a 00000000 00000008 00 00',
    sense: '5/24/00',
    at: { cdb: [1, 4] },
    out: '00000000 00 00 0001',
  },
  {
    rule: 'SET TARGET PORT GROUPS of a group that is not there',
    cdb: 'a4 0a 00000000 00000008 00 00',
    sense: '5/26/00',
    at: { list: [6] },
    out: '00000000 00 00 0099',
    disk: { alua: 'explicit' },
  },
  {
    rule: 'SET TARGET PORT GROUPS to a reserved state',
    cdb: 'a4 0a 00000000 00000008 00 00',
    sense: '5/26/00',
    at: { list: [4, 3] },
    out: '00000000 05 00 0001',
    disk: { alua: 'explicit' },
  },
  // START STOP UNIT, PREVENT ALLOW MEDIUM REMOVAL
  {
    rule: 'START STOP UNIT with LOEJ on a fixed medium',
    cdb: '1b 00 00 00 02 00',
    sense: '5/24/00',
    at: { cdb: [4, 1] },
  },
  {
    rule: 'START STOP UNIT with a reserved power condition',
    cdb: '1b 00 00 00 60 00',
    sense: '5/24/00',
    at: { cdb: [4, 7] },
  },
  // Copies
  {
    rule: 'EXTENDED COPY with 15 bytes of list',
    cdb: '83 00 0000000000000000 0000000f 00 00',
    sense: '5/1a/00',
    out: '00'.repeat(15),
  },
  {
    rule: 'RECEIVE COPY STATUS of a list that is not there',
    cdb: '84 00 07 00000000000000 00000100 00 00',
    sense: '5/24/00',
    at: { cdb: [2] },
  },
  {
    rule: 'RECEIVE ROD TOKEN INFORMATION of a list that is not there',
    cdb: '84 07 00000007 00000000 00000100 00 00',
    sense: '5/24/00',
    at: { cdb: [2] },
  },
  {
    rule: 'COPY OPERATION ABORT of a list that is not there',
    cdb: '83 1c 00000007 000000000000000000 00',
    sense: '5/24/00',
    at: { cdb: [2] },
  },
  {
    rule: 'WRITE USING TOKEN with a token that nobody made',
    cdb: `83 11 00000000 00000001 ${be(552, 4)} 00 00`,
    sense: '5/23/04',
    out: `0226 00 0000000000 ${be(0, 8)} 00800001 0000 01f8 ${'11'.repeat(504)} 000000000000 0010 ${be(1, 8)} 00000001 00000000`,
  },
  // Logs
  {
    rule: 'LOG SENSE of a page that is not there',
    cdb: '4d 00 7e 00 00 0000 0100 00',
    sense: '5/24/00',
    at: { cdb: [2, 5] },
  },
  {
    rule: 'LOG SENSE with SP',
    cdb: '4d 01 42 00 00 0000 0100 00',
    sense: '5/24/00',
    at: { cdb: [1, 0] },
  },
  {
    rule: 'LOG SENSE with a parameter pointer behind the last',
    cdb: '4d 00 42 00 00 0100 0100 00',
    sense: '5/24/00',
    at: { cdb: [5] },
  },
  {
    rule: 'LOG SELECT with PCR and a list',
    cdb: '4c 02 c0 00 000000 0004 00',
    sense: '5/24/00',
    at: { cdb: [7] },
  },
  // FORMAT UNIT, SANITIZE
  {
    rule: 'FORMAT UNIT with a primary defect list of its own',
    cdb: '04 18 00 00 00 00',
    sense: '5/26/00',
    at: { list: [2] },
    out: '00 00 0004 00000001',
  },
  {
    rule: 'SANITIZE with a reserved service action',
    cdb: '48 04 00000000 00 0000 00',
    sense: '5/24/00',
    at: { cdb: [1, 4] },
  },
  {
    rule: 'SANITIZE BLOCK ERASE with a list',
    cdb: '48 02 00000000 00 0004 00',
    sense: '5/24/00',
    at: { cdb: [7] },
  },
  {
    rule: 'SANITIZE OVERWRITE with a list of 4 bytes',
    cdb: '48 01 00000000 00 0004 00',
    sense: '5/24/00',
    at: { cdb: [7] },
  },
  {
    rule: 'SANITIZE OVERWRITE with no passes',
    cdb: '48 01 00000000 00 0008 00',
    sense: '5/26/00',
    at: { list: [0, 4] },
    out: '00 00 0004 00000000',
  },
  // Scattered writes, defects, long blocks
  {
    rule: 'REASSIGN BLOCKS with a header that is cut',
    cdb: '07 00 00 00 00 00',
    sense: '5/1a/00',
    out: '0000',
  },
  // Buffers, diagnostics, security, timestamps
  {
    rule: 'RECEIVE DIAGNOSTIC of a page that is not there',
    cdb: '1c 01 7f 00ff 00',
    sense: '5/24/00',
    at: { cdb: [2] },
  },
  {
    rule: 'READ BUFFER in a mode that is not there',
    cdb: '3c 1f 00 000000 000100 00',
    sense: '5/24/00',
    at: { cdb: [1, 4] },
  },
  {
    rule: 'WRITE BUFFER in a mode that is not there',
    cdb: '3b 1f 00 000000 000100 00',
    sense: '5/24/00',
    at: { cdb: [1, 4] },
  },
  {
    rule: 'SECURITY PROTOCOL IN of a protocol that is not there',
    cdb: 'a2 40 0000 00 00 00000100 00 00',
    sense: '5/24/00',
    at: { cdb: [1] },
  },
  {
    rule: 'SET TIMESTAMP with a list of 11 bytes',
    cdb: 'a4 0f 00000000 0000000b 00 00',
    sense: '5/1a/00',
    out: '00'.repeat(11),
  },
  {
    rule: 'READ ATTRIBUTE, which disks do not have',
    cdb: '8c 00 0000 00 00 0000 0000 00000100 00 00',
    sense: '5/20/00',
    at: { cdb: [0] },
  },
];

/** A disk whose block `n` is full of the byte `n`. */
function filled(options: BenchOptions = {}) {
  const backend = memoryBackend({ blocks: BLOCKS });
  for (let lba = 0; lba < BLOCKS; lba++) backend.write(lba, new Uint8Array(512).fill(lba));
  return { backend, ...bench({ backend, ...options }) };
}

describe('a disk refuses', () => {
  it.each(rules)('$rule', ({ cdb, sense, at = {}, out, disk }) => {
    const { backend, send, errors } = filled(disk);
    const before = contents(backend).slice();
    const answer = send(cdb, out === undefined ? {} : { out: hex(out) });
    expect(answer).toEqual(refusal(sense, at, answer.dataOutLength));
    expect(Buffer.compare(contents(backend), before)).toBe(0);
    expect(send('28 00 00000005 00 0001 00').data).toEqual(new Uint8Array(512).fill(5));
    expect(errors).toEqual([]);
  });
});
