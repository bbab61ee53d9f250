/** What the fuzzer's numbers at random have to be. */
import { describe, expect, it } from 'vitest';
import { randomOf } from '../../fuzz/random.ts';

const SEED = 20_261_123;

describe('numbers of a seed', () => {
  it('are the same each time', () => {
    expect(randomOf(SEED, 7).bytes(64)).toEqual(randomOf(SEED, 7).bytes(64));
  });

  it('are not those of a neighbour, whichever stream is looked at', () => {
    const seen = new Set<string>();
    for (let seed = SEED; seed < SEED + 64; seed++)
      for (let stream = 0; stream < 64; stream++)
        seen.add(Buffer.from(randomOf(seed, stream).bytes(16)).toString('hex'));
    expect(seen.size).toBe(64 * 64);
  });

  it('do not come round to those of another stream', () => {
    const streams = Array.from({ length: 64 }, (_, stream) => randomOf(SEED, stream));
    const seen = new Set(streams.flatMap((random) => windows(random.bytes(2000))));
    expect(seen.size).toBe(64 * (2000 - 15));
  });

  it('depend on the upper half of a seed, too', () => {
    expect(randomOf(1, 0).bytes(16)).not.toEqual(randomOf(1 + 2 ** 32, 0).bytes(16));
  });
});

/** Every run of 16 bytes. */
function windows(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString('latin1');
  return Array.from({ length: text.length - 15 }, (_, at) => text.slice(at, at + 16));
}
