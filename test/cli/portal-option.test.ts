import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/cli/errors.ts';
import {
  accessStatesOf,
  DEFAULT_TARGET_NAME,
  formatAddress,
  isLoopback,
  parseMaxConnections,
  parsePortal,
  parseRedirect,
  parseTargetName,
} from '../../src/cli/portal-option.ts';

describe('parsePortal', () => {
  it.each([
    ['127.0.0.1:3260', { host: '127.0.0.1', port: 3260 }],
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
    ['storage.example.com:65535', { host: 'storage.example.com', port: 65_535 }],
    ['[::1]:3260', { host: '::1', port: 3260 }],
    ['[fe80::1%eth0]:3260', { host: 'fe80::1%eth0', port: 3260 }],
    [
      '127.0.0.1:0,advertise=10.0.2.2:3260',
      { host: '127.0.0.1', port: 0, advertise: { host: '10.0.2.2', port: 3260 } },
    ],
    [
      '[::]:3260,advertise=[2001:db8::7]:860',
      { host: '::', port: 3260, advertise: { host: '2001:db8::7', port: 860 } },
    ],
    ['127.0.0.1:3261,group=65535', { host: '127.0.0.1', port: 3261, group: 65_535 }],
    [
      '127.0.0.1:1,access=non-optimized',
      { host: '127.0.0.1', port: 1, access: 'active/non-optimized' },
    ],
  ])('reads %s', (text, portal) => {
    expect(parsePortal(text)).toEqual(portal);
  });

  it.each([
    ['', /'' is not ADDRESS:PORT/],
    ['127.0.0.1', /'127\.0\.0\.1' is not ADDRESS:PORT/],
    [':3260', /is not ADDRESS:PORT/],
    ['127.0.0.1:65536', /a port from 0 to 65535/],
    ['127.0.0.1:http', /is not ADDRESS:PORT/],
    ['::1:3260', /\[IPV6\]:PORT/],
    ['[::1]', /\[IPV6\]:PORT/],
    ['127.0.0.1:1,advertise=10.0.0.1', /'10\.0\.0\.1' is not ADDRESS:PORT/],
    ['127.0.0.1:1,advertise=10.0.0.1:0', /a port from 1 to 65535/],
    ['127.0.0.1:1,advertise=a:1,advertise=b:1', /'advertise' is given twice/],
    ['127.0.0.1:1,tls', /no option 'tls'; there are advertise, group and access/],
    ['127.0.0.1:1,group=65536', /group '65536' is not a number from 0 to 65535/],
    ['127.0.0.1:1,group=', /group '' is not a number/],
    [
      '127.0.0.1:1,access=offline',
      /access 'offline' is none of optimized, non-optimized, standby, unavailable/,
    ],
    ['127.0.0.1:1,access=toString', /access 'toString' is none of/],
    ['127.0.0.1:1,access', /access '' is none of/],
  ])('refuses %j', (text, message) => {
    expect(() => parsePortal(text)).toThrow(UsageError);
    expect(() => parsePortal(text)).toThrow(message);
  });
});

describe('parseRedirect', () => {
  it.each([
    ['10.0.0.2:3261', { address: '10.0.0.2:3261', permanent: false }],
    ['[::1]:860,permanent', { address: '[::1]:860', permanent: true }],
    ['a:1,group=1,group=3', { address: 'a:1', permanent: false, portalGroups: [1, 3] }],
  ])('reads %s', (text, redirect) => {
    expect(parseRedirect(text)).toEqual(redirect);
  });

  it.each([
    ['a', /redirect 'a': 'a' is not ADDRESS:PORT/],
    ['a:1,forever', /no option 'forever'; there are permanent and group/],
    ['a:1,group=x', /group 'x' is not a number/],
  ])('refuses %j', (text, message) => {
    expect(() => parseRedirect(text)).toThrow(message);
  });
});

describe('parseMaxConnections', () => {
  it('reads a number', () => {
    expect(parseMaxConnections('65535')).toBe(65_535);
  });

  it.each(['0', '65536', 'many', ''])('refuses %j', (text) => {
    expect(() => parseMaxConnections(text)).toThrow(/not a number from 1 to 65535/);
  });
});

describe('accessStatesOf', () => {
  it('gives the states by portal group', () => {
    const portals = ['a:1', 'b:1,access=standby', 'c:1,group=2,access=optimized', 'd:1,group=2'];
    expect(accessStatesOf(portals.map(parsePortal))).toEqual({
      1: 'standby',
      2: 'active/optimized',
    });
  });

  it('refuses portals that say it differently of one group', () => {
    const portals = ['a:1,access=standby', 'b:1,group=1,access=optimized'].map(parsePortal);
    expect(() => accessStatesOf(portals)).toThrow(UsageError);
  });
});

describe('formatAddress', () => {
  it('puts an IPv6 address in brackets, and no other', () => {
    expect(formatAddress({ host: '::1', port: 1 })).toBe('[::1]:1');
    expect(formatAddress({ host: '10.0.0.1', port: 2 })).toBe('10.0.0.1:2');
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost', '::ffff:127.0.0.1'])(
    'is true of %s',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each(['0.0.0.0', '::', '10.0.0.1', '127.example.com', '127.0.0.1.example.com', 'host'])(
    'is false of %s',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});

describe('parseTargetName', () => {
  it.each([
    DEFAULT_TARGET_NAME,
    'iqn.2001-04.com.example',
    'iqn.2001-04.com.example:storage.disk2-sys1:xyz',
    'eui.02004567A425678D',
    'naa.52004567BA64678D',
    'naa.62004567BA64678D0123456789ABCDEF',
  ])('takes %s', (name) => {
    expect(parseTargetName(name)).toBe(name);
  });

  it.each([
    '',
    'disk',
    'iqn.2026-13.com.example:x', // there is no month 13
    'iqn.2026-1.com.example:x',
    'iqn.2026-01.com.example:', // a colon with nothing after it
    'iqn.2026-01.com.Example:x', // capitals
    'iqn.2026-01.com.example:a b',
    'iqn.2026-01.com.example:a/b', // it would end the name in a URL
    'eui.0200',
    `iqn.2026-01.com.example:${'x'.repeat(200)}`, // 224 characters
  ])('refuses %j', (name) => {
    expect(() => parseTargetName(name)).toThrow(UsageError);
  });
});
