/** Logins by the rules, up to CHAP with values that are not. */
import {
  chapResponse,
  formatBinary,
  parseBinary,
  secretBytes,
  type ChapAlgorithm,
} from '../src/transport/iscsi/chap.ts';
import { encodeText } from '../src/transport/iscsi/index.ts';
import type { TextPair } from '../src/transport/iscsi/index.ts';
import type { Coverage } from './coverage.ts';
import { CHAP, PROVEN } from './names.ts';
import type { Peer } from './peer.ts';
import type { Random } from './random.ts';

/** A login as it should be was not answered: the server hangs. */
export class Unanswered extends Error {}

/** Milliseconds in which the server answers on a machine that does other things, too. */
export const PATIENCE = 20_000;
const MOST_ROUNDS = 8;

/** What a connection wants. */
export interface LoginWishes {
  readonly connectionId: number;
  /** Only discovery. */
  readonly discovery?: boolean;
  /** With keys of each side's own choice; `false`: none but the names. */
  readonly keys?: boolean;
}

/**
 * Logs in; whether it came to the full feature phase.
 *
 * @throws Unanswered - no answer came in time.
 */
export async function logIn(peer: Peer, wishes: LoginWishes, coverage: Coverage): Promise<boolean> {
  const { session, random } = peer;
  const chap = session.targetName === PROVEN;
  const security = chap || random.chance(0.2);
  const mutual = random.chance(0.5);
  const pairs: TextPair[] = [['InitiatorName', session.initiatorName]];
  if (wishes.discovery === true) pairs.push(['SessionType', 'Discovery']);
  else pairs.push(['TargetName', session.targetName]);
  const operational = wishes.keys === false ? [] : operationalKeys(random);
  let stage = security ? 0 : 1;
  if (security) pairs.push(['AuthMethod', chap ? 'CHAP' : 'None,CHAP']);
  else pairs.push(...operational);
  for (let round = 0, next: TextPair[] = pairs; round < MOST_ROUNDS; round++) {
    const proving = stage === 0 && chap && round < 2;
    send(peer, wishes.connectionId, stage, proving ? undefined : stage === 0 ? 1 : 3, next);
    const answer = await peer.loginAnswer(PATIENCE);
    if (answer === undefined) {
      if (peer.over) return false;
      throw new Unanswered(`a login was not answered in ${PATIENCE / 1000} s`);
    }
    if (answer.statusClass !== 0) {
      const status = (answer.statusClass << 8) | answer.statusDetail;
      coverage.add('logins refused', `${status.toString(16).padStart(4, '0')}h`);
      return false;
    }
    if (answer.transit && answer.nextStage === 3) {
      const kind = wishes.discovery === true ? 'discovery' : chap ? 'CHAP' : 'normal';
      coverage.add('full feature phases', kind);
      return true;
    }
    next = [];
    if (answer.transit) {
      stage = answer.nextStage;
      next = stage === 1 && security ? operational : [];
    } else if (proving) next = chapKeys(random, peer.agreed, round, mutual);
  }
  return false;
}

function send(
  peer: Peer,
  connectionId: number,
  stage: number,
  next: number | undefined,
  pairs: readonly TextPair[],
): void {
  const { session, random } = peer;
  const data = encodeText(pairs);
  // Text that goes on in another PDU.
  const cut = random.chance(0.1) ? random.int(data.length) : data.length;
  const common = {
    kind: 'Login Request',
    currentStage: stage,
    versionMax: 0,
    versionMin: 0,
    isid: session.isid,
    tsih: session.tsih,
    initiatorTaskTag: 0,
    connectionId,
    cmdSn: session.cmdSn,
    expStatSn: peer.expStatSn,
  } as const;
  if (cut < data.length)
    peer.send({
      ...common,
      transit: false,
      continued: true,
      nextStage: 0,
      data: data.subarray(0, cut),
    });
  peer.send({
    ...common,
    transit: next !== undefined,
    continued: false,
    nextStage: next ?? 0,
    data: cut < data.length ? data.subarray(cut) : data,
  });
}

function operationalKeys(random: Random): TextPair[] {
  const all: TextPair[] = [
    ['HeaderDigest', random.pick(['CRC32C,None', 'None'])],
    ['DataDigest', random.pick(['CRC32C,None', 'None', 'None'])],
    ['ErrorRecoveryLevel', String(random.int(3))],
    ['InitialR2T', random.pick(['Yes', 'No'])],
    ['ImmediateData', random.pick(['Yes', 'No'])],
    ['MaxRecvDataSegmentLength', random.pick(['512', '4096', '65536', '262144'])],
    ['MaxBurstLength', random.pick(['512', '8192', '262144'])],
    ['FirstBurstLength', random.pick(['512', '4096', '65536'])],
    ['MaxOutstandingR2T', random.pick(['1', '2', '8'])],
    ['MaxConnections', random.pick(['1', '2', '4'])],
    ['iSCSIProtocolLevel', random.pick(['1', '2'])],
  ];
  // Who is not heard of any more is to be gone when the heap is measured.
  return [
    ...all.filter(() => random.chance(0.8)),
    ['DefaultTime2Retain', '1'],
    ['DefaultTime2Wait', '0'],
  ];
}

const ALGORITHMS: Readonly<Record<string, ChapAlgorithm>> = {
  5: 'MD5',
  6: 'SHA1',
  7: 'SHA-256',
  8: 'SHA3-256',
};

/** Values that CHAP keys are not to have. */
const BROKEN_VALUES = [
  '',
  '0x',
  '0x0',
  '0xzz',
  '0b!!!!',
  '256',
  '-1',
  '0',
  'a'.repeat(300),
  '5,5,5',
];

/** The keys of a round: the algorithms, then the proof; one time in three something is wrong. */
function chapKeys(
  random: Random,
  heard: ReadonlyMap<string, string>,
  round: number,
  mutual: boolean,
): TextPair[] {
  const keys = round === 0 ? algorithms(random) : proof(random, heard, mutual);
  if (!random.chance(0.33)) return keys;
  switch (random.int(5)) {
    case 0:
      return keys.map(([key, value]) => [
        key,
        random.chance(0.5) ? random.pick(BROKEN_VALUES) : value,
      ]);
    case 1:
      return keys.slice(1);
    case 2:
      return [...keys, random.pick(keys)];
    case 3:
      return [...keys, [random.pick(['CHAP_A', 'CHAP_I', 'CHAP_C']), random.pick(BROKEN_VALUES)]];
    default: {
      const bytes = random.bytes(random.pick([0, 1, 16, 1024, 1025, 4000]));
      return keys.map(([key, value]) => [key, key === 'CHAP_R' ? formatBinary(bytes) : value]);
    }
  }
}

const algorithms = (random: Random): TextPair[] => [
  ['CHAP_A', random.pick(['5', '6', '7', '8', '8,7,6,5', '5,6', '4,9', '7'])],
];

function proof(random: Random, heard: ReadonlyMap<string, string>, mutual: boolean): TextPair[] {
  const { user } = CHAP;
  const algorithm = ALGORITHMS[heard.get('CHAP_A') ?? ''] ?? 'MD5';
  const challenge = parseBinary(heard.get('CHAP_C')) ?? new Uint8Array(16);
  const response = chapResponse(
    algorithm,
    Number(heard.get('CHAP_I') ?? 0),
    secretBytes(user),
    challenge,
  );
  // Our own challenge, or the target's sent back.
  const own = random.bytes(16);
  return [
    ['CHAP_N', random.chance(0.1) ? 'stranger' : user.name],
    ['CHAP_R', formatBinary(response)],
    ...(mutual
      ? ([
          ['CHAP_I', String(random.int(256))],
          ['CHAP_C', formatBinary(random.chance(0.1) ? challenge : own)],
        ] as const)
      : []),
  ];
}
