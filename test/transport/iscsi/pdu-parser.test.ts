import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../../src/transport/iscsi/crc32c.ts';
import { withDigests } from './raw-client.ts';
import { PduParser } from '../../../src/transport/iscsi/pdu-parser.ts';
import type { PduFrame } from '../../../src/transport/iscsi/pdu-spec.ts';
import { ReceiveMemory } from '../../../src/transport/iscsi/receive-memory.ts';

/** A PDU on the wire: opcode, words of AHS, bytes of data. */
function wire(opcode: number, ahsWords: number, data: Uint8Array): Uint8Array {
  const length = 48 + ahsWords * 4 + Math.ceil(data.length / 4) * 4;
  const bytes = new Uint8Array(length).fill(0xee);
  bytes.fill(opcode, 0, 4);
  bytes[4] = ahsWords;
  bytes[5] = data.length >> 16;
  bytes[6] = data.length >> 8;
  bytes[7] = data.length;
  bytes.fill(0xaa, 48, 48 + ahsWords * 4);
  bytes.set(data, 48 + ahsWords * 4);
  return bytes;
}

function drain(parser: PduParser): PduFrame[] {
  const frames: PduFrame[] = [];
  for (let frame = parser.next(); frame !== undefined; frame = parser.next()) {
    if ('fault' in frame) throw new Error(frame.fault);
    frames.push(frame);
  }
  return frames;
}

const plain = (frames: readonly PduFrame[]): unknown =>
  frames.map(({ header, ahs, data }) => ({
    header: [...header],
    ahs: [...ahs],
    data: [...data],
  }));

const pdu = fc
  .tuple(
    fc.integer({ min: 0, max: 63 }),
    fc.integer({ min: 0, max: 4 }),
    fc.uint8Array({ maxLength: 70 }),
  )
  .map(([opcode, words, data]) => ({ opcode, words, data, bytes: wire(opcode, words, data) }));

describe('the PDU parser', () => {
  test('gives the same PDUs however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(pdu, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (pdus, cuts) => {
          const stream = Buffer.concat(pdus.map(({ bytes }) => bytes));
          const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length];
          places.sort((a, b) => a - b);
          const parser = new PduParser();
          const frames: PduFrame[] = [];
          for (let i = 1; i < places.length; i++) {
            parser.push(stream.subarray(places[i - 1], places[i]));
            // Some pushes come before the PDUs of the last were taken.
            if (i % 3 > 0) frames.push(...drain(parser));
          }
          frames.push(...drain(parser));
          expect(frames.map(({ data }) => [...data])).toEqual(pdus.map(({ data }) => [...data]));
          expect(frames.map(({ header }) => header[0])).toEqual(pdus.map(({ opcode }) => opcode));
          expect(frames.map(({ ahs }) => ahs.length / 4)).toEqual(pdus.map(({ words }) => words));
        },
      ),
    );
  });

  test('gives the same PDUs where it is read into memory that is used again', () => {
    const large = fc
      .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 0, max: 60_000 }))
      .map(([opcode, length]) => ({ opcode, data: new Uint8Array(length).fill(opcode ^ length) }));
    const reads = fc.array(fc.integer({ min: 1, max: 65_536 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(large, { minLength: 1, maxLength: 8 }), reads, (pdus, sizes) => {
        const stream = Buffer.concat(pdus.map(({ opcode, data }) => wire(opcode, 0, data)));
        const memory = new ReceiveMemory();
        const parser = new PduParser({ maxDataSegmentLength: 65_536 }, memory);
        const frames: PduFrame[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const { place = memory.scratch } = parser;
          const bytes = stream.subarray(at, at + Math.min(sizes[i % sizes.length]!, place.length));
          place.set(bytes);
          at += bytes.length;
          if (place === memory.scratch) parser.lend(place.subarray(0, bytes.length));
          else parser.filled(bytes.length);
          // Now and then there is a pause in which PDUs are left where they are.
          if (i % 3 > 0) frames.push(...drain(parser));
          parser.keep();
          memory.scratch.fill(0xdb);
        }
        frames.push(...drain(parser));
        expect(frames.map(({ header }) => header[0])).toEqual(pdus.map(({ opcode }) => opcode));
        for (const [i, { data }] of pdus.entries())
          expect(Buffer.compare(frames[i]!.data, data)).toBe(0);
      }),
    );
  });

  test('has the rest of a large PDU read to where it belongs', () => {
    const memory = new ReceiveMemory();
    const parser = new PduParser({ maxDataSegmentLength: 65_536 }, memory);
    parser.lend(wire(1, 0, new Uint8Array(65_536)).subarray(0, 1048));
    expect(parser.next()).toBeUndefined();
    parser.keep();
    const { place } = parser;
    expect(place).toHaveLength(65_536 - 1000);
    place?.fill(7);
    parser.filled(65_536 - 1000);
    const [frame] = drain(parser);
    expect(frame?.data.buffer).toBe(place?.buffer);
    expect(frame?.data.subarray(1000)).toEqual(new Uint8Array(65_536 - 1000).fill(7));
  });

  test('a stream cut in two anywhere gives the same PDUs as one that is whole', () => {
    const stream = Buffer.concat([
      wire(1, 2, new Uint8Array([1, 2, 3])),
      wire(2, 0, new Uint8Array(0)),
      wire(3, 0, new Uint8Array(9).fill(7)),
    ]);
    const whole = new PduParser();
    whole.push(stream);
    const expected = plain(drain(whole));
    for (let cut = 0; cut <= stream.length; cut++) {
      const parser = new PduParser();
      parser.push(stream.subarray(0, cut));
      const frames = drain(parser);
      parser.push(stream.subarray(cut));
      expect(plain([...frames, ...drain(parser)])).toEqual(expected);
    }
  });

  test('a PDU that lies whole in a chunk is not copied', () => {
    const chunk = Buffer.concat([wire(1, 0, new Uint8Array(8)), wire(1, 1, new Uint8Array(5))]);
    const parser = new PduParser();
    parser.push(chunk);
    for (const { header, ahs, data } of drain(parser))
      for (const view of [header, data, ...(ahs.length > 0 ? [ahs] : [])])
        expect(view.buffer).toBe(chunk.buffer);
  });

  test('a PDU behind one that was merged is not copied either', () => {
    const chunk = Buffer.concat([wire(1, 0, new Uint8Array(8)), wire(2, 0, new Uint8Array(8))]);
    const parser = new PduParser();
    parser.push(Uint8Array.from(chunk.subarray(0, 10)));
    parser.next();
    parser.push(chunk.subarray(10));
    const [merged, second] = drain(parser);
    expect(merged?.data.buffer).not.toBe(chunk.buffer);
    expect(second?.data.buffer).toBe(chunk.buffer);
  });

  test.each([
    ['data segment', { maxDataSegmentLength: 7 }, wire(1, 0, new Uint8Array(8))],
    ['additional header segments', { maxAhsLength: 4 }, wire(1, 2, new Uint8Array(0))],
  ])('a %s over the limit ends the stream before its bytes are taken', (text, limits, bytes) => {
    const parser = new PduParser(limits);
    parser.push(bytes.subarray(0, 48));
    const fault = parser.next();
    expect(fault).toHaveProperty('fault', expect.stringContaining(text));
    parser.push(wire(1, 0, new Uint8Array(0)));
    expect(parser.next()).toBe(fault);
  });

  test('digests are checked and left out, wherever the stream is cut', () => {
    // header, header digest; no data, so no data digest
    const first = withDigests(wire(1, 0, new Uint8Array(0)));
    const second = withDigests(wire(2, 2, new Uint8Array([9, 9, 9])));
    const bytes = Buffer.concat([first, second]);
    expect(bytes.length).toBe(48 + 4 + 48 + 8 + 4 + 4 + 4);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const parser = new PduParser({ digests: { header: crc32c, data: crc32c } });
      parser.push(bytes.subarray(0, cut));
      const frames = drain(parser);
      parser.push(bytes.subarray(cut));
      frames.push(...drain(parser));
      expect(frames.map(({ header }) => header[0])).toEqual([1, 2]);
      expect([...(frames[1]?.data ?? [])]).toEqual([9, 9, 9]);
      expect(frames.map((frame) => 'dataDigestError' in frame)).toEqual([false, false]);
    }
  });

  test('a header with a wrong digest ends the stream before its length is believed', () => {
    const bytes = withDigests(wire(1, 0, new Uint8Array(0)));
    bytes[5] = 0xff; // a data segment of 16 MiB
    const parser = new PduParser({ digests: { header: crc32c } });
    for (const byte of bytes) parser.push(Uint8Array.of(byte));
    const fault = { fault: 'header digest error', header: undefined };
    expect(parser.next()).toEqual(fault);
    parser.push(withDigests(wire(1, 0, new Uint8Array(0))));
    expect(parser.next()).toEqual(fault);
  });

  test('data with a wrong digest is marked, and the next PDU is whole', () => {
    const bytes = withDigests(wire(1, 0, new Uint8Array([1, 2, 3])));
    bytes[52 + 3] = 1; // a bit of the padding
    const parser = new PduParser({ digests: { header: crc32c, data: crc32c } });
    parser.push(Buffer.concat([bytes, withDigests(wire(2, 0, new Uint8Array(4)))]));
    expect(drain(parser).map((frame) => 'dataDigestError' in frame)).toEqual([true, false]);
  });

  test('a header with a wrong digest is skipped where that is wanted, wherever the stream is cut', () => {
    const damaged = withDigests(wire(1, 1, new Uint8Array([1, 2, 3])));
    damaged[20] = 0;
    const bytes = Buffer.concat([damaged, withDigests(wire(2, 0, new Uint8Array(4)))]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const digests = { header: crc32c, data: crc32c };
      const parser = new PduParser({ digests, skipDamaged: true });
      parser.push(bytes.subarray(0, cut));
      const frames = drain(parser);
      parser.push(bytes.subarray(cut));
      frames.push(...drain(parser));
      expect(frames.map((frame) => 'headerDigestError' in frame)).toEqual([true, false]);
      expect(frames[1]?.header[0]).toBe(2);
    }
  });

  test.each([
    ['data is wrong, too', 52, 1],
    ['length is over the limit', 6, 0x40],
    ['length does not lead to a right header', 7, 0x40],
  ])('a header with a wrong digest whose %s ends the stream', (_, at, bit) => {
    const damaged = withDigests(wire(1, 0, new Uint8Array(12)));
    damaged[20] = 0;
    damaged[at] = damaged[at]! ^ bit;
    const next = withDigests(wire(2, 0, new Uint8Array(200)));
    const digests = { header: crc32c, data: crc32c };
    const parser = new PduParser({ digests, skipDamaged: true, maxDataSegmentLength: 1024 });
    parser.push(Buffer.concat([damaged, next]));
    expect(parser.next()).toMatchObject({ header: undefined });
  });
});
