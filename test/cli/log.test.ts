import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/cli/log.ts';
import { testTerminal } from './terminal.ts';

const ENTRY = { message: 'login refused', detail: 'no \u001b[2J target' } as const;
const NOW = (): Date => new Date('2026-11-22T12:00:00Z');

describe('a log as text', () => {
  it('has who and why in one line, with what a terminal would obey taken out', () => {
    const { stderr, err } = testTerminal();
    const who = { remote: '127.0.0.1:5', initiator: 'iqn.2026-11.com.example:me' };
    createLog(stderr, {})({ ...ENTRY, level: 'warn', ...who });
    expect(err()).toBe(
      'scsi-target: warn: login refused (no ?[2J target), 127.0.0.1:5, iqn.2026-11.com.example:me\n',
    );
  });

  it('wipes the status line of a terminal first', () => {
    const { stderr, err } = testTerminal();
    createLog({ ...stderr, isTTY: true }, {})({ level: 'warn', message: 'oh' });
    expect(err()).toBe('\r\u001b[Kscsi-target: warn: oh\n');
  });
});

describe('a log as JSON', () => {
  it('has one object a line, with the time and what is known', () => {
    const { stderr, err } = testTerminal();
    const log = createLog(stderr, { format: 'json' }, NOW);
    log({ level: 'error', ...ENTRY });
    expect(err()).toBe(
      '{"time":"2026-11-22T12:00:00.000Z","level":"error","message":"login refused",' +
        '"detail":"no \\u001b[2J target"}\n',
    );
  });
});

describe('the level of a log', () => {
  it.each([
    ['error', 'error'],
    ['warn', 'error warn'],
    ['info', 'error warn info'],
    ['debug', 'error warn info debug'],
  ] as const)('%s lets through %s', (level, through) => {
    const { stderr, err } = testTerminal();
    const log = createLog(stderr, { level });
    for (const each of ['error', 'warn', 'info', 'debug'] as const)
      log({ level: each, message: 'm' });
    expect(
      err()
        .match(/\w+(?=: m)/g)
        ?.join(' '),
    ).toBe(through);
  });

  it('is warn unless told', () => {
    const { stderr, err } = testTerminal();
    const log = createLog(stderr, {});
    log({ level: 'info', message: 'quiet' });
    log({ level: 'warn', message: 'loud' });
    expect(err()).toBe('scsi-target: warn: loud\n');
  });
});
