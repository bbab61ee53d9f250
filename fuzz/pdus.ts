/** PDUs that are not as they should be. */
import { encodePdu, encodeText } from '../src/transport/iscsi/index.ts';
import { ATTACKED, GOOD } from './names.ts';
import type { Random } from './random.ts';
import { KEYS, VALUES } from './text.ts';

/** The names under which strangers come: few, so that what is remembered of them stays the same. */
const initiator = (random: Random): string => `iqn.2026-11.com.example:fuzz${random.int(32)}`;

/** A login request; `wild`: with keys and values at random. */
export function login(random: Random, wild: boolean): Uint8Array {
  const pairs: [string, string][] = [
    ['InitiatorName', initiator(random)],
    ['TargetName', ATTACKED],
  ];
  if (wild) {
    for (let i = random.int(8); i > 0; i--) pairs.push([random.pick(KEYS), random.pick(VALUES)]);
    if (random.chance(0.2)) pairs.splice(random.int(pairs.length), 1);
    if (random.chance(0.1)) pairs[1] = ['TargetName', `${GOOD}${random.int(9)}`];
  } else if (random.chance(0.3)) {
    pairs.push(['ErrorRecoveryLevel', String(random.int(3))]);
    // Who is not heard of any more is to be gone when the heap is measured.
    pairs.push(['DefaultTime2Retain', '1'], ['DefaultTime2Wait', '0']);
  }
  // A wild one has stages and numbers of its own, too.
  const odd = <T>(usual: T, others: readonly T[]): T =>
    wild && random.chance(0.15) ? random.pick(others) : usual;
  return encodePdu({
    kind: 'Login Request',
    transit: odd(true, [false]),
    continued: odd(false, [true]),
    currentStage: odd(1, [0, 0, 2, 3]),
    nextStage: odd(3, [0, 1, 2]),
    versionMax: 0,
    versionMin: odd(0, [0, 1]),
    isid: Uint8Array.of(0x80, 0, 0, 0, 0, random.int(4)),
    tsih: odd(0, [1, random.int(65_536)]),
    initiatorTaskTag: 0,
    connectionId: wild ? random.int(3) : 0,
    cmdSn: 1,
    expStatSn: 0,
    data: encodeText(pairs),
  });
}

/** Breaks a PDU in some way. */
export function broken(random: Random, pdu: Uint8Array): Uint8Array {
  const bytes = pdu.slice();
  switch (random.int(7)) {
    case 0: // bits of the header
      for (let i = 1 + random.int(4); i > 0; i--) flip(random, bytes, 48);
      return bytes;
    case 1: // bits anywhere
      for (let i = 1 + random.int(8); i > 0; i--) flip(random, bytes, bytes.length);
      return bytes;
    case 2: // a length that is none
      bytes.set(random.bytes(4), 4);
      return bytes;
    case 3: // cut
      return bytes.subarray(0, random.int(bytes.length));
    case 4: // twice
      return Buffer.concat([bytes, bytes]);
    case 5: // another opcode
      bytes[0] = random.int(256);
      return bytes;
    default: // noise behind it
      return Buffer.concat([bytes, random.bytes(random.int(96))]);
  }
}

function flip(random: Random, bytes: Uint8Array, within: number): void {
  const at = random.int(Math.min(within, bytes.length));
  bytes[at] = bytes[at]! ^ (1 << random.int(8));
}
