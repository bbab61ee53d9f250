import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDisk } from '../../src/cli/disk-option.ts';
import { UsageError } from '../../src/cli/errors.ts';

describe('parseDisk', () => {
  it('reads a memory disk', () => {
    expect(parseDisk('memory:1G')).toEqual({ kind: 'memory', size: 2 ** 30 });
  });

  it('reads a file with no options', () => {
    expect(parseDisk('file:disk.img')).toEqual({ kind: 'file', path: 'disk.img' });
  });

  it('reads the options of a thin disk', () => {
    expect(parseDisk('memory:1G,space=64M,soft-threshold=70')).toEqual({
      kind: 'memory',
      size: 2 ** 30,
      space: 2 ** 26,
      softThreshold: 70,
    });
  });

  it('reads every option', () => {
    expect(
      parseDisk(
        'file:/var/disk.img,size=2G,block-length=4K,physical-block-length=8192,read-only,removable,' +
          'thin=no,cache=write-through,compatibility=lenient,protection-type=2,sanitize-rate=8M,format-rate=0,state=/var/disk.json,vendor=ACME,product=Test disk 1,revision=0042,serial=S-1/2',
      ),
    ).toEqual({
      kind: 'file',
      path: '/var/disk.img',
      size: 2 ** 31,
      blockLength: 4096,
      physicalBlockLength: 8192,
      readOnly: true,
      removable: true,
      thin: false,
      cache: 'write-through',
      compatibility: 'lenient',
      protectionType: 2,
      sanitizeRate: 8 * 2 ** 20,
      formatRate: 0,
      state: '/var/disk.json',
      vendor: 'ACME',
      product: 'Test disk 1',
      revision: '0042',
      serial: 'S-1/2',
    });
  });

  it('takes an escaped comma and an escaped backslash in a path', () => {
    expect(parseDisk('file:a\\,b\\\\c,read-only')).toEqual({
      kind: 'file',
      path: 'a,b\\c',
      readOnly: true,
    });
  });

  it('leaves the backslashes and the drive letter of a Windows path alone', () => {
    expect(parseDisk('file:C:\\disks\\a.img').path).toBe('C:\\disks\\a.img');
  });

  it('takes an = in a path and in a value', () => {
    expect(parseDisk('file:a=b,serial=c=d')).toEqual({ kind: 'file', path: 'a=b', serial: 'c=d' });
  });

  it('finds any path again once its commas and backslashes are escaped', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (path) => {
        const escaped = path.replaceAll('\\', '\\\\').replaceAll(',', '\\,');
        expect(parseDisk(`file:${escaped},removable`)).toEqual({
          kind: 'file',
          path,
          removable: true,
        });
      }),
    );
  });

  it.each([
    // Each error names the option, its value, and what is allowed.
    ['', /a disk is memory:SIZE or file:PATH/],
    ['disk.img', /disk 'disk\.img': a disk is memory:SIZE or file:PATH/],
    ['nbd:host', /a disk is memory:SIZE or file:PATH/],
    ['memory:', /the size has to be .* K, M, G, T or P/],
    ['memory:0', /^disk 'memory:0': the size has to be/],
    ['memory:1X', /^disk 'memory:1X': the size has to be/],
    ['memory:8P', /below 8P/],
    ['memory:1000', /1000 bytes, is not a whole number of 512-byte blocks/],
    ['memory:1M,size=2M', /given once, after memory:/],
    ['file:', /file: needs a path/],
    ['file:a,,b', /empty option .*\\,/],
    ['file:a,colour=red', /no option 'colour'; there are size, block-length/],
    ['file:a,constructor=1', /no option 'constructor'/],
    ['file:a,size', /option 'size' needs a value: .* K, M, G, T or P/],
    ['file:a,size=big', /option 'size' has to be .* not 'big'/],
    ['file:a,size=5000,block-length=4K', /5000 bytes, is not a whole number of 4096-byte blocks/],
    ['file:a,block-length=520', /'block-length' has to be a power of two .* not '520'/],
    ['file:a,block-length=256', /'block-length' has to be .* not '256'/],
    ['file:a,block-length=128K', /'block-length' has to be .* 512 to 65536, not '128K'/],
    ['file:a,physical-block-length=6K', /'physical-block-length' has to be .* not '6K'/],
    ['file:a,block-length=4K,physical-block-length=512', /\(4096 to 134217728\), not '512'/],
    ['file:a,read-only=yes', /'read-only' takes no value, and has 'yes'/],
    ['file:a,read-only,read-only', /option 'read-only' is given twice/],
    ['file:a,thin', /'thin' needs a value: yes or no/],
    ['file:a,thin=maybe', /'thin' has to be yes or no, not 'maybe'/],
    ['file:a,cache=none', /'cache' has to be write-back or write-through, not 'none'/],
    ['file:a,space=1M', /'space' is one of memory disks/],
    ['memory:1G,space=1000', /'space' has to be .*, a multiple of 64K, not '1000'/],
    ['memory:1M,protection-type=4', /'protection-type' has to be 0, 1, 2 or 3, not '4'/],
    ['memory:1M,soft-threshold=100', /'soft-threshold' has to be a number from 1 to 99, not '100'/],
    ['file:a,compatibility=yes', /'compatibility' has to be standard or lenient, not 'yes'/],
    ['file:a,sanitize-rate=fast', /'sanitize-rate' has to be .* K, M, G, T or P .* not 'fast'/],
    ['file:a,format-rate', /'format-rate' needs a value: a whole number of bytes/],
    ['file:a,state=', /'state' has to be a path, not ''/],
    ['file:a,vendor=', /'vendor' has to be 1 to 8 printable ASCII characters, not ''/],
    ['file:a,vendor=TooLongXX', /'vendor' has to be 1 to 8 .* not 'TooLongXX'/],
    ['file:a,product=Großartig', /'product' has to be .* ASCII/],
    ['file:a,revision=12345', /'revision' has to be 1 to 4/],
  ])('refuses %j', (text, message) => {
    expect(() => parseDisk(text)).toThrow(UsageError);
    expect(() => parseDisk(text)).toThrow(message);
  });

  it('reads any text or refuses it with a UsageError', () => {
    const piece = fc.constantFrom(
      'memory:',
      'file:',
      '1G',
      ',',
      '\\',
      '=',
      'size',
      'thin=yes',
      'serial=',
      'read-only',
      'block-length=4K',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 }))), (pieces) => {
        try {
          const disk = parseDisk(pieces.join(''));
          expect(disk.kind === 'memory' ? disk.size : disk.path).toBeTruthy();
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
    );
  });
});
