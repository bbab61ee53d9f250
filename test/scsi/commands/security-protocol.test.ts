import { describe, expect, it } from 'vitest';
import {
  decodeCdb,
  decodeCertificateData,
  decodeSecurityProtocols,
  encodeCertificateData,
  encodeSecurityProtocols,
  SECURITY_PROTOCOL_IN_12,
  SECURITY_PROTOCOL_OUT_12,
  transferLength,
} from '../../../src/cdb/index.ts';
import { be, bench, good, hex, refusal, unexpected } from '../disk-under-test.ts';

const protocolIn = (protocol: number, specific: number, length = 512, inc = '00'): string =>
  `a2 ${be(protocol, 1)} ${be(specific, 2)} ${inc} 00 ${be(length, 4)} 00 00`;
const protocolOut = (protocol: number, length = 512, inc = '00'): string =>
  `b5 ${be(protocol, 1)} 0000 ${inc} 00 ${be(length, 4)} 00 00`;
const INC_512 = '80';

describe('SECURITY PROTOCOL IN', () => {
  it('has a list of protocols with itself alone', () => {
    expect(bench().send(protocolIn(0, 0))).toEqual(good('000000000000 0001 00'));
  });

  it('has no certificate', () => {
    expect(bench().send(protocolIn(0, 1))).toEqual(good('0000 0000'));
  });

  it('counts the allocation length in bytes, or with INC_512 in 512 bytes', () => {
    const { send } = bench();
    expect(send(protocolIn(0, 0, 1))).toEqual(good('00'));
    expect(send(protocolIn(0, 0, 1, INC_512))).toEqual(good('000000000000 0001 00'));
    expect(send(protocolIn(0, 0, 0, INC_512))).toEqual(good());
  });

  it.each([
    ['another protocol', protocolIn(1, 0), [1]],
    ['another piece of information', protocolIn(0, 2), [2]],
  ] as const)('refuses %s', (_, cdb, at) => {
    expect(bench().send(cdb)).toEqual(refusal('5/24/00', { cdb: at }));
  });
});

it.each([0, 1, 0xef])('SECURITY PROTOCOL OUT refuses protocol %d unseen', (protocol) => {
  const answer = bench().send(protocolOut(protocol), { out: unexpected });
  expect(answer).toEqual(refusal('5/24/00', { cdb: [1] }));
});

describe('the length of a security protocol transfer', () => {
  it.each([
    ['00', 3],
    [INC_512, 3 * 512],
  ])('with byte 4 %s is %d bytes for 3', (inc, length) => {
    const read = decodeCdb(hex(protocolIn(0, 0, 3, inc)));
    expect(transferLength(SECURITY_PROTOCOL_IN_12, read as never, 512)).toEqual({
      direction: 'in',
      length,
    });
    const write = decodeCdb(hex(protocolOut(0, 3, inc)));
    expect(transferLength(SECURITY_PROTOCOL_OUT_12, write as never, 512)).toEqual({
      direction: 'out',
      length,
    });
  });
});

describe('security protocol codecs', () => {
  it('go both ways', () => {
    expect(decodeSecurityProtocols(encodeSecurityProtocols([0, 0x20, 0xef]))).toEqual([
      0, 0x20, 0xef,
    ]);
    expect(decodeCertificateData(encodeCertificateData(hex('30820001')))).toEqual(hex('30820001'));
  });

  it('do not read what is cut', () => {
    expect(decodeSecurityProtocols(hex('000000000000 00'))).toBeUndefined();
    expect(decodeCertificateData(hex('000000'))).toBeUndefined();
  });
});
