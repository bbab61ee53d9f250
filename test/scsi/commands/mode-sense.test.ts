import { describe, expect, it } from 'vitest';
import { be, bench, good, memory, refusal, type BenchOptions } from '../disk-under-test.ts';

const six = (pageControl: number, pageCode: string, subpage = '00', flags = '00', length = 255) =>
  `1a ${flags} ${be((pageControl << 6) | Number.parseInt(pageCode, 16), 1)} ${subpage} ${be(length, 1)} 00`;
const ten = (pageControl: number, pageCode: string, subpage = '00', flags = '00', length = 4096) =>
  `5a ${flags} ${be((pageControl << 6) | Number.parseInt(pageCode, 16), 1)} ${subpage} 000000 ${be(length, 2)} 00`;

const DBD = '08';
const LLBAA = '10';
const DESCRIPTOR = '00000800 00 000200'; // 2048 blocks of 512 bytes

const ERROR_RECOVERY = '01 0a c0 00 00 00 00 00 00 00 0000'; // AWRE, ARRE
const DISCONNECT = `02 0e ${'00'.repeat(14)}`; // no limits
const VERIFY_RECOVERY = `07 0a ${'00'.repeat(10)}`;
const caching = (wce: boolean): string =>
  `08 12 ${wce ? '04' : '00'} 00 0000 0000 0000 0000 20 00 0000 00 000000`; // DRA
const control = (dSense = false): string => `0a 0a ${dSense ? '04' : '00'} 10 00 00 0000 ffff 000a`;
const EXTENSION = `4a 01 001c 03 ${'00'.repeat(27)}`; // Control Extension: SCSIP, IALUAE
// Protocol Specific Logical Unit and Port: the port has no protocol
const PROTOCOL = '18 06 0f 0000000000 19 06 0f 0000000000';
const POWER = `1a 26 ${'00'.repeat(37)} 58`; // timers off; CCF: only stopped
const EXCEPTIONS = '1c 0a 01 06 00000000 00000000'; // LOGERR, MRIE: on request
const THRESHOLDS = `5c 02 002c ${'00'.repeat(12)} ${'00'.repeat(32)}`; // four descriptors
const subpages = `${ERROR_RECOVERY} ${DISCONNECT} ${VERIFY_RECOVERY} ${caching(false)} ${control()} ${EXTENSION} ${PROTOCOL} ${POWER} ${EXCEPTIONS} ${THRESHOLDS}`;
const all = `${ERROR_RECOVERY} ${DISCONNECT} ${VERIFY_RECOVERY} ${caching(false)} ${control()} ${PROTOCOL} ${POWER} ${EXCEPTIONS}`;

const blank = (code: string, length: string): string =>
  `${code} ${length} ${'00'.repeat(Number.parseInt(length, 16))}`;

describe('MODE SENSE(6)', () => {
  it.each([
    ['01', ERROR_RECOVERY, 23],
    ['02', DISCONNECT, 27],
    ['07', VERIFY_RECOVERY, 23],
    ['08', caching(false), 31],
    ['0a', control(), 23],
    ['1a', POWER, 51],
    ['1c', EXCEPTIONS, 23],
    ['3f', all, 151],
  ])('gives page %s', (code, pages, length) => {
    const header = `${be(length, 1)} 00 10 08`; // DPOFUA; one short block descriptor
    expect(bench().send(six(0, code))).toEqual(good(`${header} ${DESCRIPTOR} ${pages}`));
  });

  it('gives all pages and subpages', () => {
    expect(bench().send(six(0, '3f', 'ff'))).toEqual(good(`e7 00 10 08 ${DESCRIPTOR} ${subpages}`));
  });

  it('gives all subpages of a page', () => {
    expect(bench().send(six(0, '0a', 'ff'))).toEqual(
      good(`37 00 10 08 ${DESCRIPTOR} ${control()} ${EXTENSION}`),
    );
  });

  it('leaves the block descriptor out with DBD', () => {
    expect(bench().send(six(0, '0a', '00', DBD))).toEqual(good(`0f 00 10 00 ${control()}`));
  });

  it('has no LLBAA', () => {
    const answer = bench().send(six(0, '0a', '00', LLBAA));
    expect(answer).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
  });

  it('is cut to every allocation length, MODE DATA LENGTH unchanged', () => {
    const { send } = bench();
    const whole = good(`97 00 10 08 ${DESCRIPTOR} ${all}`).data;
    for (let length = 0; length <= 152; length++)
      expect(send(six(0, '3f', '00', '00', length))).toEqual(good(whole.subarray(0, length)));
  });
});

describe('MODE SENSE(10)', () => {
  it('gives all pages', () => {
    const answer = good(`009a 00 10 00 00 0008 ${DESCRIPTOR} ${all}`);
    expect(bench().send(ten(0, '3f'))).toEqual(answer);
  });

  it('gives the long block descriptor with LLBAA', () => {
    const descriptor = '0000000000000800 00000000 00000200';
    const answer = good(`0022 00 10 01 00 0010 ${descriptor} ${control()}`); // LONGLBA
    expect(bench().send(ten(0, '0a', '00', LLBAA))).toEqual(answer);
  });

  it('leaves the block descriptor out with DBD', () => {
    const answer = good(`0012 00 10 00 00 0000 ${control()}`);
    expect(bench().send(ten(0, '0a', '00', DBD))).toEqual(answer);
  });

  it('says FFFFFFFFh for more blocks than the short descriptor has room for', () => {
    const backend = memory(2 ** 33);
    expect(bench({ backend }).send(ten(0, '0a')).data.subarray(8, 12)).toEqual(
      Uint8Array.of(255, 255, 255, 255),
    );
    const { data } = bench({ backend: memory(2 ** 33) }).send(ten(0, '0a', '00', LLBAA));
    expect(data.subarray(8, 16)).toEqual(Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 0));
  });

  it('is cut to every allocation length, MODE DATA LENGTH unchanged', () => {
    const { send } = bench();
    const whole = send(ten(0, '3f')).data;
    for (let length = 0; length <= 156; length++)
      expect(send(ten(0, '3f', '00', '00', length)).data).toEqual(whole.subarray(0, length));
  });
});

describe('the protocol specific pages', () => {
  it.each(['18', '19'])('%s has the protocol of the port that the command came through', (code) => {
    const { send } = bench({ port: { protocol: 5, name: 'iqn.2026-01.example:a,t,0x0001' } });
    for (const control of [0, 2])
      expect(send(six(control, code, '00', DBD))).toEqual(
        good(`0b 00 10 00 ${code} 06 05 0000000000`),
      );
  });

  it('can be sent back as they are, and nobody is told', () => {
    const device = bench({ port: { protocol: 5, name: 'iqn.2026-01.example:a,t,0x0001' } });
    const other = device.initiator('other');
    const out = Uint8Array.of(0, 0, 0, 0, ...device.send(six(0, '19', '00', DBD)).data.subarray(4));
    expect(device.send(`15 10 0000 ${be(out.length, 1)} 00`, { out }).status).toBe(0);
    expect(device.send('00 00 00 00 00 00', { from: other }).status).toBe(0);
  });
});

describe('page control', () => {
  it('01b gives which bits can be changed', () => {
    const WCE = `08 12 04 ${'00'.repeat(17)}`;
    // TST, TMF_ONLY, D_SENSE; QERR; UA_INTLCK_CTRL, SWP; TAS
    const CONTROL = `0a 0a f4 06 38 40 ${'00'.repeat(6)}`;
    const ERRORS = `01 0a 04 0000 0000 80 ${'00'.repeat(4)}`; // PER; LBPERE
    const TIMERS = `1a 26 01 0f ${'ff'.repeat(20)} ${'00'.repeat(16)}`;
    // EWASC, DEXCPT, TEST; MRIE; INTERVAL TIMER, REPORT COUNT
    const REPORTING = `1c 0a 1c 0f ${'ff'.repeat(8)}`;
    const ports = `${blank('18', '06')} ${blank('19', '06')}`;
    const pages = `${ERRORS} ${blank('02', '0e')} ${blank('07', '0a')} ${WCE} ${CONTROL} ${ports} ${TIMERS} ${REPORTING}`;
    expect(bench().send(six(1, '3f'))).toEqual(good(`97 00 10 08 ${DESCRIPTOR} ${pages}`));
  });

  it('10b gives the default values', () => {
    expect(bench().send(six(2, '3f'))).toEqual(good(`97 00 10 08 ${DESCRIPTOR} ${all}`));
  });

  it('11b is refused without a store: SAVING PARAMETERS NOT SUPPORTED', () => {
    expect(bench().send(six(3, '3f'))).toEqual(refusal('5/39/00'));
    expect(bench().send(ten(3, '08'))).toEqual(refusal('5/39/00'));
  });
});

describe('what MODE SENSE refuses', () => {
  it.each(['00', '03', '06', '3e'])('page %s that is not there, at PAGE CODE', (code) => {
    expect(bench().send(six(0, code))).toEqual(refusal('5/24/00', { cdb: [2, 5] }));
    expect(bench().send(ten(0, code))).toEqual(refusal('5/24/00', { cdb: [2, 5] }));
  });

  it.each([
    ['0a', '03'],
    ['3f', '01'],
    ['08', 'fe'],
  ])('page %s subpage %s that is not there, at SUBPAGE CODE', (code, subpage) => {
    expect(bench().send(six(0, code, subpage))).toEqual(refusal('5/24/00', { cdb: [3] }));
    expect(bench().send(ten(0, code, subpage))).toEqual(refusal('5/24/00', { cdb: [3] }));
  });
});

const first = (options: BenchOptions, code: string) => bench(options).send(six(0, code)).data;

describe('what MODE SENSE says of the unit', () => {
  it('WP where it is write-protected', () => {
    expect(first({ readOnly: true }, '0a')[2]).toBe(0x90);
  });

  it('WCE where the cache is write-back', () => {
    const answer = good(`1f 00 10 08 ${DESCRIPTOR} ${caching(true)}`);
    expect(first({ cache: 'write-back' }, '08')).toEqual(answer.data);
  });

  it('D_SENSE where sense data is in descriptor format', () => {
    const answer = good(`17 00 10 08 ${DESCRIPTOR} ${control(true)}`);
    expect(first({ descriptorSense: true }, '0a')).toEqual(answer.data);
  });

  it('no blocks where no medium is loaded', () => {
    const { send, unit } = bench({ removable: true });
    unit.eject();
    expect(send(six(0, '0a')).data.subarray(4, 12)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 2, 0));
  });
});
