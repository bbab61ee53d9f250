import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeBlockDescriptor,
  decodeModeHeader,
  decodeModeParameterList,
  encodeBlockDescriptor,
  encodeModeHeader,
  encodeModeParameterList,
  type ModeParameterList,
} from '../../src/mode/index.ts';
import { bytes } from '../sense/annotated-bytes.ts';

const form = fc.constantFrom(6 as const, 10 as const);
const direction = fc.constantFrom('sense' as const, 'select' as const);

/** A page of any code and content with a right header. */
const page = fc
  .tuple(
    fc.integer({ min: 0, max: 0x3e }),
    fc.option(fc.integer({ min: 1, max: 0xff })),
    fc.boolean(),
    fc.uint8Array({ maxLength: 20 }),
  )
  .map(([code, subpage, saveable, body]) => {
    const first = code | (saveable ? 0x80 : 0);
    return subpage === null
      ? Uint8Array.of(first, body.length, ...body)
      : Uint8Array.of(first | 0x40, subpage, 0, body.length, ...body);
  });

const list = (longLba: boolean): fc.Arbitrary<ModeParameterList> =>
  fc.record({
    mediumType: fc.integer({ min: 0, max: 255 }),
    writeProtected: fc.boolean(),
    dpoFua: fc.boolean(),
    longLba: fc.constant(longLba),
    blockDescriptors: fc.array(
      fc.record({
        blocks: fc.integer({ min: 0, max: longLba ? Number.MAX_SAFE_INTEGER : 0xffff_ffff }),
        blockLength: fc.integer({ min: 0, max: longLba ? 0xffff_ffff : 0xff_ffff }),
      }),
      { maxLength: 2 },
    ),
    pages: fc.array(page, { maxLength: 5 }),
  });

/** A form and a list that it can carry. */
const sent = form.chain((form) =>
  fc.tuple(
    fc.constant(form),
    fc.boolean().chain((longLba) => list(longLba && form === 10)),
    direction,
  ),
);

test('a list that is encoded comes apart into what it was made of', () => {
  fc.assert(
    fc.property(sent, ([form, list, direction]) => {
      const coded = encodeModeParameterList(list, form, direction);
      const decoded = decodeModeParameterList(coded, form, direction);
      expect(decoded).toMatchObject({
        mediumType: list.mediumType,
        writeProtected: list.writeProtected,
        dpoFua: list.dpoFua,
        longLba: list.longLba,
        modeDataLength: direction === 'select' ? 0 : coded.length - (form === 6 ? 1 : 2),
        blockDescriptorLength: list.blockDescriptors.length * (list.longLba ? 16 : 8),
        blockDescriptors: list.blockDescriptors,
      });
      expect(decoded?.truncatedAt).toBeUndefined();
      expect(decoded?.pages.map((page) => page.bytes)).toEqual(list.pages);
      for (const page of decoded?.pages ?? [])
        expect(coded.subarray(page.offset, page.offset + page.bytes.length)).toEqual(page.bytes);
    }),
  );
});

test('a list that is cut anywhere gives what is whole, and says where it ends', () => {
  fc.assert(
    fc.property(sent, fc.nat(150), ([form, list, direction], cut) => {
      const coded = encodeModeParameterList(list, form, direction);
      const decoded = decodeModeParameterList(coded.subarray(0, cut), form, direction);
      const header = form === 6 ? 4 : 8;
      if (cut < header) {
        expect(decoded).toBeUndefined();
        return;
      }
      // Where each element of the list ends.
      const ends = [header];
      const lengths = [
        ...list.blockDescriptors.map(() => (list.longLba ? 16 : 8)),
        ...list.pages.map((page) => page.length),
      ];
      for (const length of lengths) ends.push((ends.at(-1) ?? 0) + length);
      const whole = ends.filter((end) => end <= cut);
      expect((decoded?.blockDescriptors.length ?? 0) + (decoded?.pages.length ?? 0)).toBe(
        whole.length - 1,
      );
      // A page that is missing as a whole cannot be told from a list without it.
      const last = whole.at(-1) ?? 0;
      const inDescriptors = whole.length - 1 < list.blockDescriptors.length;
      const cutShort = last < Math.min(cut, coded.length) || inDescriptors;
      expect(decoded?.truncatedAt).toBe(cutShort ? last : undefined);
    }),
    { numRuns: 500 },
  );
});

test('any bytes come apart without throwing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), form, direction, (any, form, direction) => {
      const decoded = decodeModeParameterList(any, form, direction);
      expect(decoded === undefined).toBe(any.length < (form === 6 ? 4 : 8));
      decodeModeHeader(any, form);
      decodeBlockDescriptor(any, form === 6);
    }),
    { numRuns: 1000 },
  );
});

const small: ModeParameterList = {
  mediumType: 0,
  writeProtected: true,
  dpoFua: true,
  longLba: false,
  blockDescriptors: [{ blocks: 0x01020304, blockLength: 512 }],
  pages: [bytes`08 02 aa bb`],
};

test('the answer to MODE SENSE(6)', () => {
  expect(encodeModeParameterList(small, 6, 'sense')).toEqual(
    bytes`
      0f           MODE DATA LENGTH: 15 bytes follow
      00           MEDIUM TYPE
      90           WP, DPOFUA
      08           BLOCK DESCRIPTOR LENGTH
      01 02 03 04  NUMBER OF LOGICAL BLOCKS
      00 00 02 00  LOGICAL BLOCK LENGTH
      08 02 aa bb
    `,
  );
});

test('the answer to MODE SENSE(10) with LLBAA', () => {
  const long = { ...small, longLba: true, writeProtected: false };
  expect(encodeModeParameterList(long, 10, 'sense')).toEqual(
    bytes`
      00 1a        MODE DATA LENGTH: 26 bytes follow
      00           MEDIUM TYPE
      10           DPOFUA
      01 00        LONGLBA
      00 10        BLOCK DESCRIPTOR LENGTH
      00 00 00 00 01 02 03 04  NUMBER OF LOGICAL BLOCKS
      00 00 00 00  reserved
      00 00 02 00  LOGICAL BLOCK LENGTH
      08 02 aa bb
    `,
  );
});

test('what MODE SELECT sends has no MODE DATA LENGTH', () => {
  expect(encodeModeParameterList(small, 6, 'select')[0]).toBe(0);
  expect(encodeModeParameterList(small, 10, 'select').subarray(0, 2)).toEqual(bytes`00 00`);
});

test('the answer to MODE SENSE ends with MODE DATA LENGTH, what follows is padding', () => {
  const coded = encodeModeParameterList(small, 6, 'sense');
  const padded = Uint8Array.of(...coded, 0, 0, 0);
  expect(decodeModeParameterList(padded, 6, 'sense')?.pages).toHaveLength(1);
  expect(decodeModeParameterList(padded, 6, 'sense')?.truncatedAt).toBeUndefined();
});

test('a short block descriptor says FFFFFFFFh for more blocks than fit', () => {
  expect(encodeBlockDescriptor({ blocks: 2 ** 32, blockLength: 512 }, false)).toEqual(
    bytes`ff ff ff ff 00 00 02 00`,
  );
});

test('BLOCK DESCRIPTOR LENGTH that is no multiple of a descriptor is a cut one', () => {
  const odd = bytes`
    00 00 00 0c  12 bytes of block descriptors
    00 00 00 01 00 00 02 00
    00 00 00 00
    08 02 aa bb
  `;
  expect(decodeModeParameterList(odd, 6, 'select')).toMatchObject({
    blockDescriptors: [{ blocks: 1, blockLength: 512 }],
    pages: [],
    truncatedAt: 12,
  });
});

test('what the form cannot carry is refused', () => {
  const pages = [Uint8Array.of(8, 250, ...new Uint8Array(250))];
  expect(() => encodeModeParameterList({ ...small, pages }, 6, 'sense')).toThrow(RangeError);
  expect(encodeModeParameterList({ ...small, pages }, 10, 'sense')).toHaveLength(268);
  expect(() => encodeModeParameterList({ ...small, longLba: true }, 6, 'select')).toThrow(
    RangeError,
  );
  const header = { ...small, modeDataLength: 0, blockDescriptorLength: 0 };
  expect(() => encodeModeHeader({ ...header, mediumType: 256 }, 10)).toThrow(RangeError);
  expect(() => encodeBlockDescriptor({ blocks: 1, blockLength: 2 ** 24 }, false)).toThrow(
    RangeError,
  );
  expect(() => encodeBlockDescriptor({ blocks: 2 ** 53, blockLength: 512 }, true)).toThrow(
    RangeError,
  );
});
