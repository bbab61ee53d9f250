import { describe, expect, it } from 'vitest';
import { makeNaa, makeSerial } from '../../src/scsi/identity.ts';

describe('a serial number', () => {
  // Published test vectors of FNV-1a, 64 bits.
  it.each([
    ['', 'cbf29ce484222325'],
    ['a', 'af63dc4c8601ec8c'],
    ['foobar', '85944171f73967e8'],
  ])('follows from the id %j', (id, serial) => {
    expect(makeSerial(id)).toBe(serial);
  });

  it('has 16 hexadecimal digits, and another value each time, without an id', () => {
    const serials = Array.from({ length: 64 }, () => makeSerial(undefined));
    for (const serial of serials) expect(serial).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(serials).size).toBe(64);
  });
});

describe('an NAA designator', () => {
  it('is locally assigned: NAA 3h in 64 bits', () => {
    expect(makeNaa('ACME', 'disk', '1') >> 60n).toBe(3n);
  });

  it('is the same for the same names', () => {
    expect(makeNaa('ACME', 'disk', '1')).toBe(makeNaa('ACME', 'disk', '1'));
  });

  it('tells names apart that differ only in where one ends', () => {
    expect(makeNaa('AB', 'C', 'D')).not.toBe(makeNaa('A', 'BC', 'D'));
    expect(makeNaa('A', 'BC', 'D')).not.toBe(makeNaa('A', 'B', 'CD'));
  });

  it('differs between serial numbers', () => {
    const names = Array.from({ length: 1000 }, (_, n) => makeNaa('ACME', 'disk', String(n)));
    expect(new Set(names).size).toBe(1000);
  });
});
