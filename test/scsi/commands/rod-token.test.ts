import { describe, expect, it } from 'vitest';
import { BackendError } from '../../../src/backend/backend.ts';
import { memoryBackend } from '../../../src/backend/memory.ts';
import {
  decodeRodTokenInformation,
  decodeRodTokenList,
  encodePopulateTokenList,
  encodeWriteUsingTokenList,
  zeroRodToken,
  type BlockRange,
  type PopulateTokenList,
  type WriteUsingTokenList,
} from '../../../src/cdb/index.ts';
import {
  scriptedBackend,
  type ScriptedBackend,
  type ScriptRule,
} from '../../../src/testing/scripted-backend.ts';
import { decodeSense } from '../../../src/sense/index.ts';
import { copyBench, numbered, type CopyBench } from '../copy-bench.ts';
import { be, contents, good, hex, refusal, settle } from '../disk-under-test.ts';

const filled = (byte: number): number[] => Array.from({ length: 512 }, () => byte);

const RANGES: readonly BlockRange[] = [
  { lba: 8, blocks: 2 },
  { lba: 3, blocks: 1 },
];

function populate(at: CopyBench, list: Partial<PopulateTokenList> = {}) {
  const out = encodePopulateTokenList({ ranges: RANGES, ...list });
  return at.send(`83 10 00000000 00000007 ${be(out.length, 4)} 00 00`, { out });
}

/** Another port, in target port group 2, and an initiator at it that knows both disks. */
function farPort(at: CopyBench) {
  const far = at.target.addPort({ portGroup: 2 }).nexus('far');
  for (const unit of [at.unit, at.other])
    while (unit.attentions(far).pending) unit.attentions(far).take();
  return far;
}

function information(at: CopyBench, lun = 0, id = 7) {
  return at.send(`84 07 ${be(id, 4)} 00000000 00001000 00 00`, { lun });
}

function token(at: CopyBench, list: Partial<PopulateTokenList> = {}): Uint8Array {
  expect(populate(at, list).status).toBe(0);
  return decodeRodTokenInformation(information(at).data)!;
}

/** CDB and data-out that write 3 blocks from LBA 20 of the second disk on. */
function writing(list: Partial<WriteUsingTokenList>) {
  const out = encodeWriteUsingTokenList({ ranges: [{ lba: 20, blocks: 3 }], ...list });
  return [`83 11 00000000 00000008 ${be(out.length, 4)} 00 00`, { lun: 1, out }] as const;
}

function writeUsing(at: CopyBench, list: Partial<WriteUsingTokenList>, from = at.nexus) {
  const [cdb, how] = writing(list);
  return at.send(cdb, { ...how, from });
}

describe('a ROD token', () => {
  it('stands for its ranges in their order, on any unit of the device', () => {
    const at = copyBench();
    const made = token(at);
    expect(made).toHaveLength(512);
    expect(writeUsing(at, { token: made }).status).toBe(0);
    expect([19, 20, 21, 22, 23].map((lba) => at.block(1, lba))).toEqual(
      [147, 8, 9, 3, 151].map(filled),
    );
    const { data } = information(at, 1, 8);
    expect([data[4], data[5], data[15], data[23]]).toEqual([0x11, 0x01, 0xf1, 3]);
  });

  it('is used from an offset on, and leaves what it has no blocks for', () => {
    const at = copyBench();
    expect(writeUsing(at, { token: token(at), offsetIntoRod: 1 }).status).toBe(0);
    expect([20, 21, 22].map((lba) => at.block(1, lba))).toEqual([9, 3, 150].map(filled));
    const { data } = information(at, 1, 8);
    expect([data[5], data[23]]).toEqual([0x04, 2]);
  });

  it('is revoked as soon as one of its blocks is changed, and not by a neighbour', () => {
    const at = copyBench();
    const made = token(at);
    at.send('2a 00 00000007 00 0001 00', { out: new Uint8Array(512) });
    expect(writeUsing(at, { token: made }).status).toBe(0);
    at.send('2a 00 00000009 00 0001 00', { out: new Uint8Array(512) });
    expect(writeUsing(at, { token: made })).toEqual(refusal('5/23/06', {}, 552));
  });

  it('is not revoked by a write of no blocks, nor by one that is refused', () => {
    const at = copyBench();
    const made = token(at);
    at.send('2a 00 00000009 00 0000 00');
    at.send('2a 00 00000009 00 0038 00', { out: new Uint8Array(512) });
    expect(writeUsing(at, { token: made }).status).toBe(0);
  });

  it('may stand for no blocks in some of its ranges, and for others around them', () => {
    const at = copyBench();
    const made = token(at, { ranges: [{ lba: 9, blocks: 0 }, ...RANGES] });
    expect(writeUsing(at, { token: made }).status).toBe(0);
    expect([20, 21, 22].map((lba) => at.block(1, lba))).toEqual([8, 9, 3].map(filled));
  });

  it('expires when nobody uses it, and lives on when somebody does', () => {
    const at = copyBench();
    const made = token(at, { inactivityTimeout: 10 });
    at.clock.advance(9_999);
    expect(writeUsing(at, { token: made }).status).toBe(0);
    at.clock.advance(9_999);
    expect(writeUsing(at, { token: made }).status).toBe(0);
    at.clock.advance(10_000);
    expect(writeUsing(at, { token: made })).toEqual(refusal('5/23/07', {}, 552));
  });

  it('that has expired is not revoked later', () => {
    const at = copyBench();
    const made = token(at, { inactivityTimeout: 10 });
    at.clock.advance(10_000);
    at.send('2a 00 00000009 00 0001 00', { out: new Uint8Array(512) });
    expect(writeUsing(at, { token: made })).toEqual(refusal('5/23/07', {}, 552));
  });

  it('is deleted by who says so', () => {
    const at = copyBench();
    const made = token(at);
    expect(writeUsing(at, { token: made, deleteToken: true }).status).toBe(0);
    expect(writeUsing(at, { token: made })).toEqual(refusal('5/23/09', {}, 552));
  });

  it('cannot be made up, or changed in any byte', () => {
    const at = copyBench();
    const made = token(at);
    const before = at.block(1, 20);
    for (const byte of [0, 6, 8, 16, 63, 64, 300, 511]) {
      const forged = made.slice();
      forged[byte]! ^= 0x10;
      const { sense } = writeUsing(at, { token: forged });
      const ascq = byte === 0 ? 0x01 : byte === 6 ? 0x0a : byte === 8 ? 0x04 : 0x05;
      expect([byte, sense![2], sense![12], sense![13]]).toEqual([byte, 5, 0x23, ascq]);
    }
    expect(at.block(1, 20)).toEqual(before);
  });

  it('tells which unit it is of, and how that is made, and has half of its bytes at random', () => {
    const at = copyBench();
    const [first, second] = [token(at), token(at)];
    expect(first.subarray(16, 24)).toEqual(hex('e4 00 00 00 01 03 00 08')); // CSCD descriptor, NAA
    expect(first.subarray(48, 64)).toEqual(hex(be(3 * 512, 16)));
    expect(first.subarray(64, 96)).toEqual(new Uint8Array(32));
    expect(first.subarray(96, 104)).toEqual(hex('00000200 0000 c000')); // 512 bytes; LBPME, LBPRZ
    expect(first.subarray(256)).not.toEqual(second.subarray(256));
  });

  it('is not read from behind its end', () => {
    const at = copyBench();
    const made = token(at);
    const answer = writeUsing(at, { token: made, offsetIntoRod: 3 });
    expect(answer).toEqual(refusal('5/26/00', { list: [8] }, 552));
    expect(writeUsing(at, { token: made, offsetIntoRod: 2 }).status).toBe(0);
  });

  it('is of no use where its unit is in standby', () => {
    const at = copyBench();
    const far = farPort(at);
    const made = token(at);
    at.unit.access.set(2, 'standby');
    expect(writeUsing(at, { token: made }, far)).toEqual(refusal('2/04/0b', {}, 552));
    expect(at.block(1, 20)).toEqual(filled(148));
    expect(writeUsing(at, { token: made }).status).toBe(0);
  });

  it('of zeros unmaps the blocks of a thin disk that then reads zeros', () => {
    const backend = memoryBackend({ blocks: 1024 });
    backend.write(0, new Uint8Array(1024 * 512).fill(9));
    const at = copyBench({}, { backend });
    const ranges = [{ lba: 127, blocks: 514 }];
    expect(writeUsing(at, { token: zeroRodToken(), ranges }).status).toBe(0);
    expect(at.block(1, 126)).toEqual(filled(9));
    expect([127, 128, 640].map((lba) => at.block(1, lba))).toEqual([0, 0, 0].map(filled));
    expect(at.block(1, 641)).toEqual(filled(9));
    expect(backend.allocatedBytes).toBe(4 * 65_536); // of eight pages those between are gone
    expect(information(at, 1, 8).data.subarray(20, 24)).toEqual(hex(be(514, 4)));
  });

  it('of zeros writes zeros on a disk that is not thin', () => {
    const backend = memoryBackend({ blocks: 1024 });
    const at = copyBench({}, { backend, thin: false });
    expect(writeUsing(at, { token: zeroRodToken() }).status).toBe(0);
    expect(backend.extent(20).allocated).toBe(true);
  });

  it('of zeros is known to everybody', () => {
    const at = copyBench();
    expect(writeUsing(at, { token: zeroRodToken() }).status).toBe(0);
    expect([20, 22, 23].map((lba) => at.block(1, lba))).toEqual([0, 0, 151].map(filled));
  });
});

describe('POPULATE TOKEN refuses', () => {
  it.each([
    ['no ranges', { ranges: [] }, '5/26/00', { list: [14] }],
    [
      '65 ranges',
      { ranges: Array.from({ length: 65 }, () => RANGES[0]!) },
      '5/26/08',
      { list: [14] },
    ],
    [
      'a block in two ranges',
      { ranges: [RANGES[0]!, { lba: 9, blocks: 1 }] },
      '5/26/00',
      { list: [32] },
    ],
    [
      'a block behind the end',
      { ranges: [{ lba: 63, blocks: 2 }] },
      '5/21/00',
      { information: 64 },
    ],
    [
      'a ROD type that it cannot make',
      { rodTypeValid: true, rodType: 0x1_0000 },
      '5/23/01',
      { list: [8] },
    ],
    ['a timeout of more than an hour', { inactivityTimeout: 3601 }, '5/26/00', { list: [4] }],
  ] as const)('%s', (_, list, codes, details) => {
    const answer = populate(copyBench(), list);
    expect(answer).toEqual(refusal(codes, details, answer.dataOutLength));
  });

  it('a list that is cut at any place', () => {
    const at = copyBench();
    const out = encodePopulateTokenList({ ranges: RANGES });
    for (let length = 1; length < out.length; length++) {
      const cdb = `83 10 00000000 00000007 ${be(length, 4)} 00 00`;
      expect(at.send(cdb, { out }).sense![12]).toBe(0x1a);
    }
    expect(at.send('83 10 00000000 00000007 00000000 00 00')).toEqual(good());
  });
});

const report = (length = 0x1000): string => `84 08 0000000000000000 ${be(length, 4)} 00 00`;

describe('REPORT ALL ROD TOKENS', () => {
  it('tells of no token where there is none', () => {
    expect(copyBench().send(report())).toEqual(good('00000004 00000000'));
  });

  it('lists the tokens of its unit that can be used, without their secret part', () => {
    const at = copyBench();
    const tokens = [token(at), token(at, { ranges: [{ lba: 40, blocks: 1 }] })];
    const { data } = at.send(report());
    expect(data).toHaveLength(8 + 2 * 96);
    expect(data.subarray(0, 8)).toEqual(hex('000000c4 00000000'));
    expect(decodeRodTokenList(data)).toEqual(tokens.map((made) => made.subarray(0, 96)));
    expect(at.send(report(), { lun: 1 })).toEqual(good('00000004 00000000'));
  });

  it('leaves out those that have ended', () => {
    const at = copyBench();
    const [revoked] = [
      token(at),
      token(at, { inactivityTimeout: 5, ranges: [{ lba: 40, blocks: 1 }] }),
    ];
    at.send('2a 00 00000008 00 0001 00', { out: new Uint8Array(512) });
    expect(decodeRodTokenList(at.send(report()).data)).toHaveLength(1);
    at.clock.advance(5000);
    expect(decodeRodTokenList(at.send(report()).data)).toEqual([]);
    expect(writeUsing(at, { token: revoked }).status).toBe(2);
  });

  it('is cut to the allocation length, AVAILABLE DATA is not', () => {
    const at = copyBench();
    token(at);
    expect(at.send(report(4))).toEqual(good('00000064'));
    expect(decodeRodTokenList(at.send(report(103)).data)).toEqual([]);
  });
});

/** Two disks, some calls to them held back. */
function slow(first: ScriptRule[], second: ScriptRule[]) {
  const inner = [numbered(64, 0), numbered(64, 128)] as const;
  const backends = [scriptedBackend(inner[0], first), scriptedBackend(inner[1], second)] as const;
  const at = copyBench({ backend: backends[0] }, { backend: backends[1] });
  const first20 = (): number | undefined => contents(inner[1])[20 * 512];
  return { at, backends, first20 };
}

/** Lets all calls proceed, and those that follow from them. */
async function proceed(backends: readonly ScriptedBackend[]): Promise<void> {
  while (backends.some(({ held }) => held.length > 0)) {
    for (const backend of backends) await backend.proceedAll();
    await settle();
  }
}

const READS: ScriptRule = { op: 'read', action: 'hold' };
const WRITES: ScriptRule = { op: 'write', action: 'hold' };

describe('over backends that take their time', () => {
  it('POPULATE TOKEN reads nothing, with IMMED or without', () => {
    const { at } = slow([READS], []);
    expect(token(at, { immed: true })).toHaveLength(512);
    expect(information(at).data[5]).toBe(0x01);
  });

  it('WRITE USING TOKEN ends when the blocks are written', async () => {
    const { at, backends, first20 } = slow([READS], [WRITES]);
    const answer = at.sendAsync(...writing({ token: token(at) }));
    await backends[0].proceedAll();
    await settle();
    expect(information(at, 1, 8).data[5]).toBe(0x11);
    await proceed(backends);
    expect((await answer)!.status).toBe(0);
    expect(first20()).toBe(8);
  });

  it('WRITE USING TOKEN with IMMED goes on when it has ended', async () => {
    const { at, backends, first20 } = slow([], [WRITES]);
    const made = token(at);
    expect(writeUsing(at, { token: made, immed: true }).status).toBe(0);
    expect(information(at, 1, 8).data[5]).toBe(0x12);
    await proceed(backends);
    const { data } = information(at, 1, 8);
    expect([data[5], data[23]]).toEqual([0x01, 3]);
    expect(first20()).toBe(8);
  });

  it('WRITE USING TOKEN to a full disk says so, and can be sent again', () => {
    const full = new BackendError('space', 'full', { lba: 21 });
    const { at, first20 } = slow([], [{ op: 'write', times: 1, action: { fail: full } }]);
    const made = token(at);
    const { status, sense } = writeUsing(at, { token: made });
    expect(status).toBe(2);
    expect(decodeSense(sense!)).toMatchObject({ key: 7, asc: 0x27, ascq: 7, information: 21 });
    expect(writeUsing(at, { token: made }).status).toBe(0);
    expect(first20()).toBe(8);
  });

  it('a write that comes while the blocks are read leaves those of before, or none', async () => {
    const { at, backends, first20 } = slow([READS], []);
    const answer = at.sendAsync(...writing({ token: token(at), ranges: [{ lba: 20, blocks: 1 }] }));
    const written = at.sendAsync('2a 00 00000008 00 0001 00', {
      out: new Uint8Array(512).fill(77),
    });
    await backends[0].proceedAll();
    expect((await written)!.status).toBe(0);
    const { status } = (await answer)!;
    expect([status, first20()]).toEqual(status === 0 ? [0, 8] : [2, 148]);
  });
});
