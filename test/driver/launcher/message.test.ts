import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeLauncherReply,
  encodeLauncherCommand,
  type LauncherCommand,
} from '../../../driver/index.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'utf16le'));

describe('a command to the launcher', () => {
  const instance = { className: 'img', instanceName: 'a' };

  it.each<[string, LauncherCommand, string]>([
    ['list', { kind: 'list' }, '4c00'],
    ['stop', { kind: 'stop', ...instance }, '5400 6900 6d00 6700 0000 6100 0000'],
    ['stop forced', { kind: 'stop forced', ...instance }, '4600 6900 6d00 6700 0000 6100 0000'],
    ['info', { kind: 'info', ...instance }, '4900 6900 6d00 6700 0000 6100 0000'],
    [
      'start',
      { kind: 'start', ...instance, args: ['é', ''] },
      '5300 6900 6d00 6700 0000 6100 0000 e900 0000 0000',
    ],
  ])('%s is a letter and its texts, each with a NUL', (_, command, expected) => {
    expect(hex(encodeLauncherCommand(command))).toBe(expected.replaceAll(' ', ''));
  });

  it('has nine arguments at most, no NULs, and 4096 bytes at most', () => {
    const start = (args: readonly string[]) =>
      encodeLauncherCommand({ kind: 'start', ...instance, args });
    expect(() => start(Array.from({ length: 9 }, () => 'x'))).not.toThrow();
    expect(() => start(Array.from({ length: 10 }, () => 'x'))).toThrow(RangeError);
    expect(() => start(['a\0b'])).toThrow(RangeError);
    expect(start(['x'.repeat(2040)]).length).toBe(4096);
    expect(() => start(['x'.repeat(2041)])).toThrow(RangeError);
  });
});

describe('a reply of the launcher', () => {
  it('is a success with its texts; one that did not fit is left out', () => {
    expect(decodeLauncherReply(bytes('$'))).toEqual({ error: 0, texts: [] });
    expect(decodeLauncherReply(bytes('$img\0a\0im'))).toEqual({ error: 0, texts: ['img', 'a'] });
    expect(decodeLauncherReply(bytes('$\0'))).toEqual({ error: 0, texts: [''] });
  });

  it('is an error with its number', () => {
    expect(decodeLauncherReply(bytes('!2404\0'))).toEqual({ error: 2404, texts: [] });
  });

  it.each(['', '?', '!', '!2', '!\0', '!x\0', '!0\0', '\u{2400}'])('makes no sense: %j', (text) => {
    expect(() => decodeLauncherReply(bytes(text))).toThrow(
      expect.objectContaining({ code: 'LAUNCHER_PROTOCOL' }),
    );
  });

  it('is decoded or refused, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (any) => {
        try {
          decodeLauncherReply(any);
        } catch (error) {
          expect(error).toMatchObject({ code: 'LAUNCHER_PROTOCOL' });
        }
      }),
    );
  });
});
